"""Writes the tokeniser of multilingual-e5-small, once for SentencePiece and once for `tokenizers`.

The query path reads the SentencePiece model: .34 s and 63 MB where the same vocabulary as
`tokenizer.json` takes .55 s and 290 MB. Ids are the Hugging Face ones in both, without the offset
between the original XLM-R model and its Hugging Face port.
"""

from __future__ import annotations

import io
import itertools
import tempfile
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

from assistant.e5_q4 import Vocabulary

_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3  # piece types of sentencepiece_model.proto


def sentencepiece_model(vocabulary: Vocabulary) -> bytes:
    """The vocabulary as a serialised SentencePiece unigram model."""
    from sentencepiece import sentencepiece_model_pb2 as proto

    model: Any = proto.ModelProto()  # type: ignore[attr-defined]
    model.ParseFromString(_tiny_model(vocabulary.rules))
    rules = model.normalizer_spec.SerializeToString()
    model.Clear()
    model.normalizer_spec.ParseFromString(rules)
    trainer = model.trainer_spec
    trainer.model_type = 1  # unigram
    trainer.vocab_size = len(vocabulary.pieces)
    trainer.bos_id, trainer.bos_piece = vocabulary.bos, vocabulary.pieces[vocabulary.bos]
    trainer.eos_id, trainer.eos_piece = vocabulary.eos, vocabulary.pieces[vocabulary.eos]
    trainer.pad_id, trainer.pad_piece = vocabulary.pad, vocabulary.pieces[vocabulary.pad]
    trainer.unk_id, trainer.unk_piece = vocabulary.unk, vocabulary.pieces[vocabulary.unk]
    control = vocabulary.control
    for place, (text, score) in enumerate(zip(vocabulary.pieces, vocabulary.scores, strict=True)):
        piece = model.pieces.add()
        piece.piece, piece.score = text, score
        if place == vocabulary.unk:
            piece.type = _UNKNOWN
        elif place in control:
            piece.type = _CONTROL
    data: bytes = model.SerializeToString()
    return data


def hugging_face_tokenizer(vocabulary: Vocabulary) -> Any:
    """The vocabulary as a `tokenizers.Tokenizer`, put together as the published one is."""
    from sentencepiece import sentencepiece_model_pb2 as proto
    from tokenizers import (
        AddedToken,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    tiny: Any = proto.ModelProto()  # type: ignore[attr-defined]
    tiny.ParseFromString(_tiny_model(vocabulary.rules))
    pairs = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(pairs, unk_id=vocabulary.unk))
    tokenizer.normalizer = normalizers.Precompiled(tiny.normalizer_spec.precompiled_charsmap)
    words = pre_tokenizers.WhitespaceSplit()
    marked = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, marked])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", vocabulary.bos), ("</s>", vocabulary.eos)],
    )
    tokenizer.add_special_tokens(
        [
            AddedToken(text, special=True, normalized=False, lstrip=text == "<mask>")
            for text in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
        ]
    )
    return tokenizer


def _tiny_model(rules: dict[str, str]) -> bytes:
    """A throw-away model trained with `rules`: the trainer is the only way to compile them."""
    import sentencepiece

    written = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "rules.tsv")
        with table.open("w", encoding="ascii", newline="\n") as file:
            for source, target in sorted(_with_compositions(rules).items()):
                file.write(f"{_hexadecimal(source)}\t{_hexadecimal(target)}\n")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["abc"]),
            model_writer=written,
            model_type="char",
            vocab_size=16,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(table),
            minloglevel=2,
        )
    return written.getvalue()


def _hexadecimal(text: str) -> str:
    return " ".join(f"{ord(character):X}" for character in text)


def _with_compositions(rules: dict[str, str]) -> dict[str, str]:
    """Add what the file leaves out: a letter and its accents, written apart, become one character.

    The built-in rules of SentencePiece would do, but they follow the library's version of Unicode:
    174 characters of its newest table differ from the model's own.
    """
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in rules.items():
        spellings[target].append(source)
    full = dict(rules)
    for code in range(0xC0, 0x30000):  # all canonical compositions lie in here
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        apart = unicodedata.normalize("NFD", character)
        if apart == character or unicodedata.normalize("NFKC", character) != character:
            continue
        forms = {
            unicodedata.normalize("NFC", apart[:cut]) + apart[cut:] for cut in range(1, len(apart))
        }
        for form in forms | {apart}:
            variants = [[letter, *spellings[letter]] for letter in form]
            if len(form) > 2:
                variants = [[letter] for letter in form]
            for spelling in itertools.product(*variants):
                full.setdefault("".join(spelling), rules.get(character, character))
    return full
