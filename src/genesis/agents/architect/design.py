from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
async def design(task: Assignment, tools: Toolbox) -> Result:
    raise NotImplementedError
