"""The 15 agents: a folder each (agent.yaml, work.py), one registry for planner, router, vetting and service."""
