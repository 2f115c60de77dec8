"""The pages of the login: forms without scripts or external resources."""

import html
from string import Template

from starlette.responses import HTMLResponse, Response

_NAME_FIELD = """<label for="name">Name</label><input id="name" name="name" maxlength="40"
autocomplete="username" required autofocus>"""

_PAGE = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Log in · Truetape</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{color-scheme:dark light;--bg:#0b0e13;--card:#11151c;--line:#262d39;--text:#e4e8ee}
@media(prefers-color-scheme:light){:root{--bg:#f2f4f7;--card:#fff;--line:#d9dde3;--text:#1b2330}}
body{margin:0;min-height:100dvh;display:grid;place-items:center;background:var(--bg);
color:var(--text);font:15px/1.5 Inter,system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}
form{width:min(320px,calc(100vw - 48px));background:var(--card);border:1px solid var(--line);
border-radius:8px;padding:28px}h1{margin:0 0 20px;font-size:20px}label{display:block;
margin:12px 0 6px}input,button{box-sizing:border-box;width:100%;font:inherit;border-radius:4px;
padding:9px 12px}input{border:1px solid var(--line);background:var(--bg);color:inherit}
button{margin-top:16px;border:0;background:#0b7f75;color:#fff;font-weight:600;cursor:pointer}
p{color:#ef5350;margin:12px 0 0}:focus-visible{outline:2px solid #26a69a;outline-offset:2px}
</style></head><body><form method="post" action="$action"><h1>Truetape</h1>$fields
<button>Log in</button>$problem</form></body>
</html>""")

_PASSWORD_FIELDS = Template("""$name<label for="password">Password</label><input id="password"
name="password" type="password" autocomplete="current-password" required$focus>""")


def login_page(*, named: bool, problem: str, status: int, target: str) -> Response:
    """Return the form for a password; `named`: with a field for the name. It leads to `target`."""
    fields = _PASSWORD_FIELDS.substitute(
        name=_NAME_FIELD if named else "", focus="" if named else " autofocus"
    )
    fields += f'<input type="hidden" name="next" value="{html.escape(target)}">'
    return _page("/login", fields, problem, status)


def link_page(token: str) -> Response:
    """Return the form that a login link opens: one button, which sends the token."""
    field = f'<input type="hidden" name="token" value="{html.escape(token[:200])}">'
    return _page("/login/link", field, "", 200)


def _page(action: str, fields: str, problem: str, status: int) -> Response:
    shown = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    return HTMLResponse(_PAGE.substitute(action=action, fields=fields, problem=shown), status)
