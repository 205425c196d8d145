"""What a company's script does with zenpy, unchanged, against Riserbo.

It reads an export that was imported into the server, and then the server, as two principals: `migration` must find
every row in clear, as it stands in the export; `agent-1` must find the same rows, and no hidden value in any of them.
Prints one line a step and ends with the exit code 0, or stops at the first surprise.

Environment: ZENPY_FORCE_NETLOC, ZENPY_FORCE_SCHEME (where the server is), JOURNEY_EXPORT (folder of the export),
JOURNEY_MIGRATION, JOURNEY_AGENT (`address token` of each).
"""

import gzip
import json
import os
import re
import sys
from pathlib import Path

from zenpy import Zenpy
from zenpy.lib.exception import APIException, RecordNotFoundException


def rows(name):
    """Rows of one file of the export, packed or not."""
    folder = Path(os.environ["JOURNEY_EXPORT"])
    packed, bare = folder / f"{name}.jsonl.gz", folder / f"{name}.jsonl"
    opener = gzip.open(packed, "rt", encoding="utf-8") if packed.exists() else bare.open(encoding="utf-8")
    with opener as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def client(who):
    address, token = os.environ[who].split()
    return Zenpy(subdomain="desk", email=address, token=token)


def words(text):
    """A text without its white space, which a canonical form may spell in its own way."""
    return re.sub(r"\s+", "", text or "")


def check(condition, message):
    if not condition:
        sys.exit(f"journey: {message}")


def step(name, detail=""):
    print(f"journey: {name} {detail}".rstrip(), flush=True)


TICKETS, USERS = rows("tickets"), rows("users")
LIVE = {i for i, t in TICKETS.items() if t["status"] != "deleted"}
# The longest conversations, and the first and last tickets.
LONGEST = sorted(LIVE, key=lambda i: -len(TICKETS[i]["comments"]))[:12]
READ = sorted({*LONGEST, *sorted(LIVE)[:4], *sorted(LIVE)[-4:]})


def me(z, who):
    user = z.users.me()
    check(user.email == os.environ[who].split()[0], "users.me() is somebody else")
    check(user.id and user.role in ("agent", "admin"), "users.me() has no id or role")
    step("me", user.role)


def tickets_over_pages(z):
    for how in ({}, {"cursor_pagination": False}, {"cursor_pagination": 7 if len(LIVE) < 50 else 93}):
        found = [t.id for t in z.tickets(**how)]
        check(len(found) == len(set(found)), f"a ticket came twice {how}")
        check(set(found) == LIVE, f"{len(LIVE - set(found))} tickets are missing {how}")
    some = sorted(LIVE)[:5]
    check({t.id for t in z.tickets(ids=some)} == set(some), "show_many")
    step("tickets", f"{len(LIVE)} by cursor and by number")


def one_ticket_in_clear(z):
    for i in READ:
        ticket, row = z.tickets(id=i), TICKETS[i]
        for key in ("status", "priority", "type", "assignee_id", "requester_id", "external_id"):
            check(getattr(ticket, key) == row[key], f"ticket {i}: {key} differs")
        check(sorted(ticket.tags) == sorted(row["tags"]), f"ticket {i}: tags differ")
        check(words(ticket.subject) == words(row["subject"]), f"ticket {i}: subject differs")
        check(ticket.created_at == row["created_at"], f"ticket {i}: created_at differs")
    step("one ticket", f"{len(READ)} in clear")


def comments_in_clear(z):
    n = 0
    for i in READ:
        want = TICKETS[i]["comments"]
        found = list(z.tickets.comments(ticket=i))
        check([c.id for c in found] == [c["id"] for c in want], f"ticket {i}: other comments")
        for comment, row in zip(found, want):
            check(words(comment.body) == words(row["body"]), f"comment {comment.id}: body differs")
            check(comment.author_id == row["author_id"], f"comment {comment.id}: author differs")
            check(comment.public == row["public"], f"comment {comment.id}: public differs")
        n += len(found)
    step("comments", f"{n} in clear, oldest first")


def users_in_clear(z):
    found = {u.id: u for u in z.users(role="end-user")}
    want = {i: u for i, u in USERS.items() if u["role"] == "end-user"}
    check(set(found) == set(want), "other customers than in the export")
    for i, row in want.items():
        for key in ("name", "email", "phone", "organization_id"):
            check(getattr(found[i], key) == row[key], f"user {i}: {key} differs")
    everybody = [u.id for u in z.users()]
    check(len(everybody) == len(set(everybody)) and set(want) < set(everybody), "users() is not whole")
    step("users", f"{len(found)} customers in clear")


def searches(z):
    subjects = ((row, re.findall(r"\b[A-Za-z]{5,}\b", row["subject"])) for i, row in TICKETS.items() if i in LIVE)
    row, word = next((row, found[0]) for row, found in subjects if found)
    found = list(z.search(word, type="ticket"))
    check(row["id"] in {t.id for t in found}, "a word of a subject does not find its ticket")
    count = z.search.count(word, type="ticket")
    check(count == len(found) or count > 1000, f"count says {count}, search {len(found)}")
    exported = [t.id for t in z.search_export(word, type="ticket")]
    check(len(exported) == len(set(exported)) == count, "search_export finds something else")
    status = {t.id for t in z.search(type="ticket", status="open")}
    check(status == {i for i in LIVE if TICKETS[i]["status"] == "open"}, "status:open finds other tickets")
    person = next(u for u in USERS.values() if u["role"] == "end-user" and u["email"])
    check(person["id"] in {u.id for u in z.search(type="user", query=person["email"])}, "an address finds nobody")
    check(z.search.count("wordthatstandsnowhere") == 0, "a word that stands nowhere is found")
    step("search", f"{len(found)} hits, {len(status)} open")


def incremental_export(z, role):
    for how in ({}, {"per_page": max(2, len(TICKETS) // 7)}, {"paginate_by_time": True}):
        found = {}
        for ticket in z.tickets.incremental(start_time=0, **how):
            found[ticket.id] = ticket
        check(set(found) == set(TICKETS), f"{role}: {len(set(TICKETS) - set(found))} tickets are missing {how}")
    for i, ticket in found.items():
        check(ticket.status == TICKETS[i]["status"], f"ticket {i}: status differs")
    first = z.tickets.incremental(start_time=0)
    for _ in first:
        pass
    again = list(z.tickets.incremental(cursor=first.after_cursor))
    check(again == [], "the export does not go on where it ended")
    step("incremental export", f"{len(found)} tickets, by cursor and by time, resumed")


def errors(z):
    try:
        z.tickets(id=9007199254740990)
        check(False, "an unknown ticket was found")
    except RecordNotFoundException:
        pass
    stranger = Zenpy(subdomain="desk", email="nobody@desk.example", token="rsb_nothing")
    try:
        stranger.users.me()
        check(False, "a wrong token was taken")
    except APIException as error:
        check(error.response.status_code == 401, "a wrong token is not 401")
    step("errors")


def hidden_values():
    """Values that a fully masked agent may not meet: addresses, telephones and full names of customers."""
    for user in USERS.values():
        if user["role"] == "end-user":
            yield from (v for v in (user["email"], user["phone"]) if v)
            if user["name"] and len(user["name"].split()) > 1:
                yield user["name"]


def masked(z):
    hidden = re.compile("|".join(re.escape(v) for v in set(hidden_values())), re.IGNORECASE)
    seen = 0
    for user in z.users(role="end-user"):
        check(user.name and not hidden.search(json.dumps(user.to_dict(), default=str)), f"user {user.id} is open")
        check(user.email is None or user.email.count("@") == 1, f"user {user.id}: no address")
        seen += 1
    for i in READ:
        for comment in z.tickets.comments(ticket=i):
            own = USERS.get(TICKETS[i]["requester_id"], {})
            for value in (own.get("email"), own.get("phone"), own.get("name")):
                if value and len(value) > 5:
                    check(value.lower() not in comment.body.lower(), f"comment {comment.id} is open")
                    check(value.lower() not in comment.html_body.lower(), f"comment {comment.id} is open")
            seen += 1
    try:
        list(z.tickets.incremental(start_time=0))
        check(False, "a masked agent may export")
    except APIException as error:
        check(error.response.status_code == 403, "the export is refused in another way")
    step("masked", f"{seen} rows, nothing hidden in them")


def main():
    z = client("JOURNEY_MIGRATION")
    me(z, "JOURNEY_MIGRATION")
    tickets_over_pages(z)
    one_ticket_in_clear(z)
    comments_in_clear(z)
    users_in_clear(z)
    searches(z)
    incremental_export(z, "migration")
    named = [g.id for g in z.groups()]
    check(len(named) == len(set(named)), "a group came twice")
    check(len(list(z.organizations())) == len(rows("organizations")), "organizations")
    check(len(list(z.ticket_fields())) >= 7, "ticket fields")
    errors(z)
    z = client("JOURNEY_AGENT")
    me(z, "JOURNEY_AGENT")
    tickets_over_pages(z)
    masked(z)
    step("done")


if __name__ == "__main__":
    main()
