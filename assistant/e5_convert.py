"""What is made of the 4-bit embedder file: a folder for ONNX Runtime, and one for Hugging Face."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assistant.e5_graph import write_graph
from assistant.e5_q4 import Q4File, Sizes
from assistant.e5_tokenizer import hugging_face_tokenizer, sentencepiece_model

Form = Literal["onnx", "hf"]

VERSION = 3  # raise it whenever the files written change
_VECTORS = 1  # raise it whenever the vectors change: every index is rebuilt then


def write_folder(form: Form, source: Path, folder: Path, name: str, sha256: str) -> None:
    """Write one of the two forms into an empty folder; the arguments are those of the others."""
    if form == "onnx":
        write_onnx_folder(source, folder, name, sha256)
    else:
        write_hugging_face_folder(source, folder)


def write_onnx_folder(source: Path, folder: Path, name: str, sha256: str) -> None:
    """Write what `embedding.OnnxEmbedder` opens. Takes about 3 s.

    Args:
        source: The 4-bit file.
        folder: An existing, empty folder.
        name: The model's name in the manifest.
        sha256: The hash of `source`; with this module's version it makes the revision.
    """
    file = Q4File(source)
    vocabulary = file.vocabulary
    write_graph(file, folder)
    (folder / "tokenizer.model").write_bytes(sentencepiece_model(vocabulary))
    card = {
        "name": name,
        "revision": f"{sha256[:12]}-int8-{_VECTORS}",
        "dimension": file.sizes.hidden,
        "max_tokens": file.sizes.positions,
        "query_prefix": "query: ",
        "passage_prefix": "passage: ",
        "bos": vocabulary.bos,
        "eos": vocabulary.eos,
        "pad": vocabulary.pad,
    }
    _write_json(folder / "embedder.json", card)


def write_hugging_face_folder(source: Path, folder: Path) -> None:
    """Write a float32 model that transformers and sentence-transformers load (470 MB).

    Args:
        source: The 4-bit file.
        folder: An existing, empty folder.
    """
    from safetensors.numpy import save_file

    file = Q4File(source)
    save_file(_state(file), folder / "model.safetensors", metadata={"format": "pt"})
    hugging_face_tokenizer(file.vocabulary).save(str(folder / "tokenizer.json"))
    _write_json(folder / "config.json", _bert_config(file.sizes, file.vocabulary.pad))
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": file.sizes.positions,
            "model_input_names": ["input_ids", "attention_mask"],
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
    )
    _write_sentence_transformers_parts(folder, file.sizes)


def _bert_config(sizes: Sizes, pad: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "vocab_size": sizes.vocabulary,
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.inner,
        "hidden_act": "gelu",
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.types,
        "layer_norm_eps": sizes.epsilon,
        "pad_token_id": pad,
    }


def _write_sentence_transformers_parts(folder: Path, sizes: Sizes) -> None:
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {
            "idx": place,
            "name": str(place),
            "path": path,
            "type": f"sentence_transformers.models.{kind}",
        }
        for place, (path, kind) in enumerate(kinds.items())
    ]
    _write_json(folder / "modules.json", modules)
    _write_json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": sizes.positions, "do_lower_case": False},
    )
    _write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": sizes.hidden, "pooling_mode_mean_tokens": True},
    )


def _state(file: Q4File) -> dict[str, Any]:
    """The tensors under the names that BertModel gives them."""
    sizes = file.sizes
    state: dict[str, Any] = {
        "embeddings.word_embeddings.weight": file.matrix("emb.word", sizes.vocabulary),
        "embeddings.position_embeddings.weight": file.floats("emb.pos").reshape(-1, sizes.hidden),
        "embeddings.token_type_embeddings.weight": file.floats("emb.type").reshape(
            -1, sizes.hidden
        ),
        "embeddings.LayerNorm.weight": file.floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": file.floats("emb.ln.b"),
    }
    # The file has no pooler, and nothing uses one; left out, transformers would warn and fill it
    # with random numbers.
    state["pooler.dense.weight"] = np.zeros((sizes.hidden, sizes.hidden), np.float32)
    state["pooler.dense.bias"] = np.zeros(sizes.hidden, np.float32)
    matrices = {
        "q": ("attention.self.query", sizes.hidden),
        "k": ("attention.self.key", sizes.hidden),
        "v": ("attention.self.value", sizes.hidden),
        "ao": ("attention.output.dense", sizes.hidden),
        "fi": ("intermediate.dense", sizes.inner),
        "fo": ("output.dense", sizes.hidden),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(sizes.layers):
        prefix = f"encoder.layer.{layer}."
        for short, (long, rows) in matrices.items():
            state[f"{prefix}{long}.weight"] = file.matrix(f"l{layer}.{short}.w", rows)
            state[f"{prefix}{long}.bias"] = file.floats(f"l{layer}.{short}.b")
        for short, long in norms.items():
            state[f"{prefix}{long}.weight"] = file.floats(f"l{layer}.{short}.w")
            state[f"{prefix}{long}.bias"] = file.floats(f"l{layer}.{short}.b")
    return state


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
