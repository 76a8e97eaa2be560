"""Providers of models and of what stands around them."""

from __future__ import annotations

from random import Random

from tests.security.redact.secrets.chars import BASE62, HEX, LETTERS, LOWER36, UPPER36, URL64, some, uuid
from tests.security.redact.secrets.sample import Kind, value

OPENAI_MARK = "T3BlbkFJ"  # base64 of the provider's name; it stands in the middle of each of its keys


def _wandb(rng: Random) -> str:
    """86 characters in all: docs.wandb.ai, "must be 40 characters"."""
    return f"wandb_v1_{some(rng, BASE62, 22)}_{some(rng, BASE62, 54)}"


KINDS: tuple[Kind, ...] = (
    value("openai_legacy_key", "sk-", (BASE62, 20), OPENAI_MARK, (BASE62, 20)),
    value("openai_project_key", "sk-proj-", (URL64, 74), OPENAI_MARK, (URL64, 73), (BASE62, 1)),
    value("openai_service_key", "sk-svcacct-", (URL64, 74), OPENAI_MARK, (URL64, 73), (BASE62, 1)),
    value("openai_admin_key", "sk-admin-", (URL64, 58), OPENAI_MARK, (URL64, 57), (BASE62, 1)),
    value("anthropic_api_key", "sk-ant-api03-", (URL64, 93), "AA"),
    value("anthropic_admin_key", "sk-ant-admin01-", (URL64, 93), "AA"),
    value("anthropic_oauth_token", "sk-ant-oat01-", (URL64, 93), "AA"),
    value("mistral_api_key", (BASE62, 32), beside=("mistral api key",)),
    value("cohere_api_key", (BASE62, 40), beside=("cohere api key", "co api key")),
    value("huggingface_token", "hf_", (LETTERS, 34)),
    value("groq_api_key", "gsk_", (BASE62, 52)),
    value("xai_api_key", "xai-", (BASE62, 80)),
    value("replicate_token", "r8_", (BASE62, 37)),
    value("perplexity_api_key", "pplx-", (BASE62, 48)),
    value("openrouter_api_key", "sk-or-v1-", (HEX, 64)),
    value("deepseek_api_key", "sk-", (HEX, 32)),
    value("stability_api_key", "sk-", (BASE62, 48)),
    value("together_api_key", (HEX, 64), beside=("together api key", "togetherai api key")),
    value("fireworks_api_key", "fw_", (BASE62, 24)),
    value("elevenlabs_api_key", "sk_", (HEX, 48)),
    value("deepgram_api_key", (HEX, 40), beside=("deepgram api key",)),
    value("assemblyai_api_key", (HEX, 32), beside=("assemblyai api key", "aai api key")),
    value("cerebras_api_key", "csk-", (LOWER36, 48)),
    value("nvidia_api_key", "nvapi-", (URL64, 63), (BASE62, 1)),
    value("pinecone_api_key", "pcsk_", (BASE62, 5, 6), "_", (BASE62, 63)),
    value("langsmith_key", "lsv2_pt_", (HEX, 32), "_", (HEX, 10)),
    value("langsmith_service_key", "lsv2_sk_", (HEX, 32), "_", (HEX, 10)),
    value("langfuse_secret_key", "sk-lf-", uuid),
    value("wandb_api_key", [(HEX, 40), _wandb], beside=("wandb api key",)),
    value("voyage_api_key", "pa-", (URL64, 42), (BASE62, 1)),
    value("jina_api_key", "jina_", (HEX, 32), (BASE62 + "_", 27), (BASE62, 1)),
    value("tavily_api_key", "tvly-", ["", "dev-", "prod-"], (BASE62, 32)),
    value("firecrawl_api_key", "fc-", (HEX, 32)),
    value("e2b_api_key", "e2b_", (HEX, 40)),
    value("llamacloud_api_key", "llx-", (BASE62, 48)),
    value("runpod_api_key", "rpa_", [(UPPER36, 44), (BASE62, 46)]),
    value("serpapi_key", (HEX, 64), beside=("serpapi api key", "serpapi key", "serp api key")),
)
