"""The city that the tests live in: its policy, its people, and the configuration that names them."""

# 127.0.0.x stands for a person's desk: Linux lets a client speak from any of them.
MAYOR = "127.0.0.10"
CLERK = "127.0.0.11"
DETECTIVE = "127.0.0.20"
PATROL = "127.0.0.21"
KIOSK = "127.0.0.30"

PEOPLE = """
[[department]]
name = "clerk"
title = "City Clerk"

[[department]]
name = "police"
title = "Police Department"

[[department]]
name = "library"
title = "Library"

[[person]]
name = "ann.mayor"
title = "Ann Mayor"
department = "clerk"
addresses = ["127.0.0.10"]

[[person]]
name = "carl.clerk"
title = "Carl Clerk"
department = "clerk"
addresses = ["127.0.0.11", "127.0.0.1", "::1"]

[[person]]
name = "dora.detective"
title = "Detective Dora"
department = "police"
units = ["vice"]
addresses = ["127.0.0.20"]

[[person]]
name = "pat.patrol"
title = "Officer Pat"
department = "police"
addresses = ["127.0.0.21"]

[[device]]
name = "library-kiosk"
department = "library"
addresses = ["127.0.0.30"]
"""

POLICY = """
[city]
name = "Testville"
time_zone = "America/Chicago"
contact = "IT help desk, 555-0100"
uncategorised = "work"

[destinations]
ports = ["1-65535"]
connect_ports = ["1-65535"]

[[quota]]
name = "personal-time"
title = "Personal use"
minutes_per_day = 5

[[quota]]
name = "streaming-bytes"
title = "Streaming"
megabytes_per_day = 3

[[rule]]
name = "no-gambling"
title = "Gambling sites are prohibited"
clause = "S1(h)"
categories = ["gambling"]
action = "prohibit"

[[rule]]
name = "news"
title = "News in moderation"
clause = "S1(i)"
categories = ["news"]
action = "personal"
quota = "personal-time"

[[rule]]
name = "streaming"
title = "Streaming within the day's megabytes"
clause = "S1(b)"
categories = ["video", "audio", "streaming-media"]
action = "streaming"
quota = "streaming-bytes"

[[grant]]
kind = "law-enforcement"
case = "2026-0417"
units = ["vice"]
department = "police"
categories = ["gambling"]
start = 2026-11-01
end = 2026-12-31
"""


def sanctioned(host):
    """A table of the policy file: circumvention rules do not hit what is there."""
    return f'''
[[sanctioned]]
title = "The city's own service"
hosts = ["{host}"]
owner = "IT Director"
until = 2099-01-01
'''


def config(*, directory, root, workers, settings, hosts, listen=("127.0.0.1:0",), gateway="", lists=""):
    """citygate.toml; `settings` is text of further tables, `gateway` and `lists` of further lines of those tables, `hosts`
    maps names to addresses."""
    table = "".join(f'"{name}" = "{address}"\n' for name, address in hosts.items())
    return f"""
[gateway]
listen = {list(listen)}
{gateway}
workers = {workers}
state = "{directory}/state"

[lists]
taxonomy = "{root}/conf/taxonomy.toml"
starter = "{root}/categories/lists"
{lists}

[policy]
file = "{directory}/policy.toml"

[people]
file = "{directory}/people.toml"

{settings}

[hosts]
{table}
"""
