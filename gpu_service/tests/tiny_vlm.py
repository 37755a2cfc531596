"""A vision-language model as small as can be, of random values, in the form that transformers saves and loads: LLaVA of two layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gpu_service.engines.transformers_vlm import transformers_library

_SPECIAL = ("<end>", "<pad>", "<image>")
_PATCH_PX, _PICTURE_PX = 14, 28
_SYSTEM = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}{% endfor %}"
_TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: {% for c in m.content %}"
    "{% if c.type == 'image' %}<image>{% else %}{{ c.text }}{% endif %}{% endfor %}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def save_tiny_vlm(folder: Path, *, knows_system: bool = True, safe: bool = True) -> Path:
    """Write it.

    Args:
        knows_system: its template takes a system message.
        safe: weights as safetensors, else pickled.
    """
    import torch

    library = transformers_library()
    tokens = _tokens()
    tokenizer = _tokenizer(tokens)
    pictures = library.CLIPImageProcessor(
        size={"shortest_edge": _PICTURE_PX}, crop_size={"height": _PICTURE_PX, "width": _PICTURE_PX}
    )
    library.LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=_PATCH_PX,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token="<image>",
        chat_template=_TEMPLATE if knows_system else _SYSTEM + _TEMPLATE,
    ).save_pretrained(folder)
    torch.manual_seed(5)
    model = library.LlavaForConditionalGeneration(_config(library, len(tokens)))
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = 0, 1
    model.save_pretrained(folder)
    if not safe:
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder


def _tokens() -> list[str]:
    from tokenizers import pre_tokenizers

    return [*_SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]


def _tokenizer(tokens: list[str]) -> Any:
    """One token for each byte."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    bytes_alone = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, []))
    bytes_alone.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_alone.decoder = decoders.ByteLevel()
    return transformers_library().PreTrainedTokenizerFast(
        tokenizer_object=bytes_alone,
        eos_token="<end>",
        pad_token="<pad>",
        extra_special_tokens={"image_token": "<image>"},
    )


def _config(library: Any, tokens: int) -> Any:
    vision = library.CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=_PICTURE_PX,
        patch_size=_PATCH_PX,
    )
    text = library.LlamaConfig(
        vocab_size=tokens + 5,  # models are padded beyond what their tokenizers know
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        eos_token_id=0,
        pad_token_id=1,
    )
    return library.LlavaConfig(vision_config=vision, text_config=text, image_token_index=2, vision_feature_layer=-1)
