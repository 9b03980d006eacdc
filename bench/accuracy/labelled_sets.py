"""The labelled sets of the data collection, and what their labels mean in our categories.

Nothing here is fitted: what a set calls a site is taken as it stands, though some labels are wrong (a newspaper's page
about baseball is "Sports") and some sites are gone. Recall is therefore read as a comparison between sets of lists.
"""
import json
import subprocess
import tempfile
import pathlib
from urllib.parse import urlsplit

import shared_lists

# A label of site-text-dev → the categories of which one is right.
SITE_LABELS = {
    "Streaming Services": ("video", "audio", "streaming-media"),
    "Social Networking and Messaging": ("social", "chat", "forums", "blogs"),
    "Sports": ("sports", "fantasy-sports"),
    "News": ("news",),
    "Travel": ("travel",),
    "Photography": ("hobbies",),  # no category of its own: conf/taxonomy.toml names it among the hobbies
    "Law and Government": ("government", "law"),
}


def json_lines(path):
    for line in shared_lists.unpack(path).decode("utf-8").splitlines():
        yield json.loads(line)


def site_text(data):
    """(label, URL) of whole sites with a subject."""
    return [(row["category"], row["url"]) for row in json_lines(data / "content/site-text-dev.jsonl.zst")]


def lookalikes(data):
    """Hosts, by rank, that hold a word inside another one ("essex")."""
    rows = (data / "content/lookalike-domains.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [row.split("\t")[0] for row in rows]


def health(data):
    """URLs of public health documents, each once."""
    return list(dict.fromkeys(row["url"] for row in json_lines(data / "content/benign-health-dev.jsonl.zst")))


def ranked(data):
    return list(shared_lists.lines(data / "traffic/alexa-2016-top-100000.txt.zst"))


def allowed(data):
    """Hosts found in pornography lists that do not belong there."""
    return list(shared_lists.lines(data / shared_lists.ALLOWED))


def page_loads(data):
    """{host: media}: hosts of recorded page loads, and whether video or audio came from there."""
    out = {}
    with tempfile.TemporaryDirectory(prefix="citygate-accuracy-") as scratch:
        packed = pathlib.Path(scratch) / "page-loads.tar"
        packed.write_bytes(shared_lists.unpack(data / "traffic/page-loads.tar.zst"))
        subprocess.run(["tar", "-xf", packed, "-C", scratch], check=True)
        for capture in sorted(pathlib.Path(scratch).glob("*.jsonl")):
            for line in capture.read_text(encoding="utf-8").splitlines()[1:]:
                request = json.loads(line)
                host = urlsplit(request["url"]).hostname
                if host:
                    media = (request.get("mime") or "").startswith(("video/", "audio/"))
                    out[host] = out.get(host, False) or media
    return out


def plain_names(data, archive, name):
    """The names of one file of an archive: plain, hosts or adblock lines, whatever stands in it."""
    out = []
    for line in shared_lists.member(data / archive, name).decode("utf-8", "replace").splitlines():
        words = line.split("#", 1)[0].split()
        if words and not line.startswith(("!", "#", "[")):
            host = words[-1].removeprefix("||").removesuffix("^").removeprefix("*.").lower()
            if "." in host and "/" not in host and host not in ("0.0.0.0", "localhost.localdomain"):
                out.append(host)
    return list(dict.fromkeys(out))


UT1, BLP, SIN, HAG = (f"lists/{name}.tar.zst" for name in ("ut1", "blocklistproject", "sinfonietta", "hagezi"))
# Subject, the categories that are right, and who lists it: (source, archive, file).
HELD_OUT = (
    ("gambling", ("gambling",), (("ut1", UT1, "blacklists/gambling/domains"), ("blocklistproject", BLP, "./gambling.txt"),
                                 ("sinfonietta", SIN, "./gambling-hosts"))),
    ("pornography", ("pornography",), (("sinfonietta", SIN, "./pornography-hosts"),
                                       ("bon-appetit", "lists/bon-appetit-porn.domains.zst", ""))),
    ("drugs", ("drugs",), (("ut1", UT1, "blacklists/drogue/domains"), ("blocklistproject", BLP, "./drugs.txt"))),
    ("piracy", ("warez", "peer-to-peer"), (("ut1", UT1, "blacklists/warez/domains"),
                                           ("blocklistproject", BLP, "./piracy.txt"),
                                           ("blocklistproject", BLP, "./torrent.txt"))),
    ("social", ("social", "chat"), (("ut1", UT1, "blacklists/social_networks/domains"),
                                    ("sinfonietta", SIN, "./social-hosts"))),
    ("phishing", ("phishing", "scam"), (("ut1", UT1, "blacklists/phishing/domains"),
                                        ("blocklistproject", BLP, "./alt-version/phishing-nl.txt"))),
    ("cryptojacking", ("cryptojacking",), (("ut1", UT1, "blacklists/cryptojacking/domains"),
                                           ("blocklistproject", BLP, "./crypto.txt"))),
    ("circumvention", ("vpn", "proxy", "doh", "tor"), (("ut1", UT1, "blacklists/vpn/domains"),
                                                       ("ut1", UT1, "blacklists/doh/domains"),
                                                       ("hagezi", HAG, "./domains/doh-vpn-proxy-bypass.txt"))),
)


def held_out_names(data, archive, name):
    return list(dict.fromkeys(shared_lists.lines(data / archive))) if not name else plain_names(data, archive, name)
