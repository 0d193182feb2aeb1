"""Text for man(7)."""


def text(given):
    """A line of running text."""
    made = given.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + made if made[:1] in (".", "'") else made


def block(given):
    """Lines as they are, such as a configuration."""
    return "\n".join([".RS 4", ".nf", *(text(line) for line in given.rstrip("\n").split("\n")), ".fi", ".RE"])


def page(title, section, version, name, parts):
    """`parts` are texts that are roff already."""
    head = [f'.TH "{text(title.upper())}" {section} "" "tidegate {version}" "Tidegate"',
            ".SH NAME", f"{text(title)} \\- {text(name)}"]
    return "\n".join(head + [part.rstrip("\n") for part in parts]) + "\n"
