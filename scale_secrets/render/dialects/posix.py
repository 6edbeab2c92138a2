"""``posix``: ``export NAME='value'`` for sh, bash, dash and zsh.

Single quotes are literal in all four, so only the single quote itself needs care. Load it with
``. ./file`` or ``eval "$(scale-secrets env …)"``; without the double quotes the shell would split
the text at line breaks.
"""

from __future__ import annotations

from scale_secrets.render.dialects.interface import Dialect, Refusal

# Variables that at least one of the four shells computes, types or holds read-only: an assignment
# fails, or is not read back. zsh ties lower-case ``path`` to PATH, so that setting one loses both.
_TAKEN = frozenset(
    """
    _ ARGC BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND
    BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO COLUMNS DIRSTACK EGID EPOCHREALTIME
    EPOCHSECONDS ERRNO EUID FUNCNAME FUNCNEST GID GROUPS HISTCHARS HISTCMD HISTSIZE KEYBOARD_HACK
    KEYTIMEOUT LINENO LINES LISTMAX MAILCHECK OPTIND PPID RANDOM SAVEHIST SECONDS SHELLOPTS SHLVL
    SRANDOM TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT TTYIDLE UID USERNAME WATCH ZSH_EVAL_CONTEXT
    ZSH_SUBSHELL
    aliases argv builtins cdpath commands dirstack dis_aliases dis_builtins dis_functions
    dis_functions_source dis_galiases dis_patchars dis_reswords dis_saliases fignore fpath
    funcfiletrace funcsourcetrace funcstack functions functions_source functrace galiases histchars
    history historywords jobdirs jobstates jobtexts keymaps mailpath manpath module_path modules
    nameddirs options parameters patchars path pipestatus psvar reswords saliases signals status
    termcap terminfo userdirs usergroups watch widgets zsh_eval_context zsh_scheduled_events
    """.split()  # noqa: SIM905  as a list it would take a line for each
)


class _Posix(Dialect):
    def entry(self, name: str, value: bytes) -> bytes | Refusal:
        if name in _TAKEN:
            return Refusal("is a name that a shell keeps for itself", "rename the variable")
        quoted = value.replace(b"'", b"'\"'\"'")
        return b"export %s='%s'\n" % (name.encode(), quoted)


DIALECT = _Posix()
