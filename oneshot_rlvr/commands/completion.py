"""Completion scripts for bash and zsh: commands, their flags, experiments, config groups and keys.

The words are found when the script is made: `rlvr --completion bash > ~/.local/share/bash-completion/completions/rlvr`.
"""

import argparse
from collections.abc import Mapping

from oneshot_rlvr.errors import UserError

BASH = """\
# bash completion for rlvr; made by `rlvr --completion bash`
_rlvr() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" words
    # Words with = or : arrive in pieces; put the current one together again.
    local line="${{COMP_LINE:0:COMP_POINT}}"
    current="${{line##* }}"
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{commands} --help --version --completion"
    else
        case "${{COMP_WORDS[1]}}" in
{cases}
        esac
    fi
    local cut="${{current%"${{current##*=}}"}}"
    COMPREPLY=( $(compgen -W "$words" -- "$current") )
    [ -n "$cut" ] && COMPREPLY=( "${{COMPREPLY[@]#"$cut"}}" )
    [[ "${{COMPREPLY[*]}}" == *= ]] && compopt -o nospace
    return 0
}}
complete -o default -F _rlvr rlvr
"""

ZSH = """\
#compdef rlvr
# zsh completion for rlvr; made by `rlvr --completion zsh`
_rlvr() {{
    local -a words_here
    if (( CURRENT == 2 )); then
        words_here=({commands} --help --version --completion)
    else
        case "${{words[2]}}" in
{cases}
        esac
    fi
    compadd -Q -S '' -- $words_here
    _files
}}
compdef _rlvr rlvr
"""


def script(shell: str, parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """The completion script for `bash` or `zsh`, of the commands with these parsers."""
    if shell not in ("bash", "zsh"):
        raise UserError(f"--completion {shell or '(nothing)'}: not known; valid: bash, zsh")
    cases = []
    for name, parser in parsers.items():
        words = " ".join([*command_flags(parser), *(training_words() if name == "train" else [])])
        here = f'words="{words}"' if shell == "bash" else f"words_here=({words})"
        cases.append(f"            {name}) {here} ;;")
    template = BASH if shell == "bash" else ZSH
    return template.format(commands=" ".join(parsers), cases="\n".join(cases))


def command_flags(parser: argparse.ArgumentParser) -> list[str]:
    """The long flags of a command, and the names of its sub-commands."""
    flags = [flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            flags += list(action.choices)
    return flags


def training_words() -> list[str]:
    """Experiments, group options and keys of `rlvr train`."""
    from oneshot_rlvr.config.overrides import ADDED_GROUPS, PROTOCOL_GROUPS, all_keys, group_options
    from oneshot_rlvr.config.schema import RunConfig
    from oneshot_rlvr.paths import configs_dir

    words = []
    for folder in sorted(path.name for path in configs_dir().iterdir() if path.is_dir()):
        if folder not in PROTOCOL_GROUPS:
            sign = "+" if folder in ADDED_GROUPS else ""
            words += [f"{sign}{folder}={option}" for option in group_options(folder)]
    return words + [f"{key}=" for key in all_keys(RunConfig) if "." in key]
