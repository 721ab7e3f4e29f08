"""Transcribed text as Shakespeare's World keeps it: ASCII and the tags of the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

_KEPT_TAGS = frozenset({"sw-ex", "sl", "brev-y", "sw-ins", "sw-del", "sw-unclear", "sw-sup", "label", "graphic"})
_HIDDEN_TAGS = frozenset({"script", "style", "template"})
_ASCII_SPACES = " \t\n\f\r"


def clean_text(text: str) -> str:
    """A text in ASCII, but for what entities stand for, with the tags of the project alone.

    Tags around nothing but space go too; those that are not closed are closed at the end. Between tags, space alone
    is one space, or one line break. What a word processor pasted, which ``<xml>`` shows, loses all mark-up, line breaks
    and the blanks before it.
    """
    text = text.encode("ascii", "ignore").decode()
    if "<" not in text:
        return unescape(text).replace("\xa0", " ")
    if "<xml>" in text:
        return _cleaned(text.lstrip(_ASCII_SPACES), _Pasted()).replace("\n", "")
    return _cleaned(text, _Marked())


def _cleaned(text: str, cleaner: _Cleaner) -> str:
    cleaner.feed(text)
    cleaner.close()
    return cleaner.result()


class _Cleaner(HTMLParser):
    """Reads mark-up and runs of text in turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._run = ""

    def handle_data(self, data: str) -> None:
        self._run += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_run()
        self.begin(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._end_run()
        self.end(tag)

    def handle_comment(self, data: str) -> None:
        self._end_run()
        self.add_mark_up(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._end_run()
        self.add_mark_up(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self._end_run()
        self.add_mark_up(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self._end_run()
        self.add_mark_up(f"<![{data}]]>")

    def close(self) -> None:
        """Read what is left."""
        super().close()
        self._end_run()

    def _end_run(self) -> None:
        run, self._run = self._run, ""
        if run and not run.strip(_ASCII_SPACES):
            run = "\n" if "\n" in run else " "
        if run:
            self.add_text(run.replace("\xa0", " "))

    def begin(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an opening tag."""
        raise NotImplementedError

    def end(self, tag: str) -> None:
        """Take a closing tag."""
        raise NotImplementedError

    def add_text(self, text: str) -> None:
        """Take text."""
        raise NotImplementedError

    def add_mark_up(self, mark_up: str) -> None:
        """Take what is neither text nor a tag."""
        raise NotImplementedError

    def result(self) -> str:
        """What is kept."""
        raise NotImplementedError


@dataclass
class _Element:
    """An open tag, its attributes as they are written, what it holds so far, and whether that shows anything."""

    tag: str
    attributes: str = ""
    parts: list[str] = field(default_factory=list)
    shows: bool = False


class _Marked(_Cleaner):
    """Keeps text, comments and the project's tags."""

    def __init__(self) -> None:
        super().__init__()
        self._open = [_Element("")]

    def begin(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        written = "".join(f" {name}={_quoted(name, value or '')}" for name, value in dict(attrs).items())
        self._open.append(_Element(tag, written))

    def end(self, tag: str) -> None:
        """Close an element, and those that were opened in it; a tag that closes nothing goes."""
        if any(element.tag == tag for element in self._open[1:]):
            while self._close_last() != tag:
                pass

    def add_text(self, text: str) -> None:
        """Keep text."""
        self._open[-1].parts.append(text)
        self._open[-1].shows |= not text.isspace() and not any(each.tag in _HIDDEN_TAGS for each in self._open)

    def add_mark_up(self, mark_up: str) -> None:
        """Keep it as it is."""
        self._open[-1].parts.append(mark_up)

    def result(self) -> str:
        """What is kept, everything closed."""
        while len(self._open) > 1:
            self._close_last()
        return "".join(self._open[0].parts)

    def _close_last(self) -> str:
        """Give what the last open element holds to the one around it; its tag."""
        element = self._open.pop()
        if element.shows and element.tag in _KEPT_TAGS:
            element.parts = [f"<{element.tag}{element.attributes}>", *element.parts, f"</{element.tag}>"]
        self._open[-1].parts += element.parts
        self._open[-1].shows |= element.shows
        return element.tag


class _Pasted(_Cleaner):
    """Keeps text alone, without that of styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._hidden = 0

    def begin(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  (all tags go)
        """Hide what follows in a style or script."""
        self._hidden += tag in _HIDDEN_TAGS

    def end(self, tag: str) -> None:
        """Show what follows a style or script."""
        self._hidden -= tag in _HIDDEN_TAGS and self._hidden > 0

    def add_text(self, text: str) -> None:
        """Keep text that is not hidden."""
        if not self._hidden:
            self._parts.append(text)

    def add_mark_up(self, mark_up: str) -> None:
        """Keep none of it."""

    def result(self) -> str:
        """What is kept."""
        return "".join(self._parts)


def _quoted(name: str, value: str) -> str:
    """The value of an attribute in the quotes that it allows; that of a class is words with a space between them."""
    if name == "class":
        value = " ".join(value.split())
    if '"' not in value:
        return f'"{value}"'
    return f"'{value}'" if "'" not in value else '"' + value.replace('"', "&quot;") + '"'
