"""A city of 100,000 people, 2,000 departments with a supplement each, and 10,000 live grants, as files."""

PEOPLE, DEPARTMENTS, GRANTS = 100_000, 2_000, 10_000


def people():
    yield from (f'[[department]]\nname = "d-{number}"\n' for number in range(DEPARTMENTS))
    for number in range(PEOPLE):
        yield (f'[[person]]\nname = "p-{number}"\ntitle = "Person of the number {number}"\n'
               f'department = "d-{number % DEPARTMENTS}"\n'
               f'addresses = ["10.{number >> 16}.{number >> 8 & 255}.{number & 255}"]\n')


def supplements():
    for number in range(DEPARTMENTS):
        yield (f'[[department]]\nname = "d-{number}"\n[[department.rule]]\nname = "videos"\ntitle = "No films here"\n'
               f'clause = "Supplement {number}"\ncategories = ["video"]\naction = "block"\n'
               f'[department.quota.personal-time]\nminutes_per_day = {5 + number % 25}\n')


def grants():
    for number in range(GRANTS):
        yield (f'[[grant]]\nkind = "law-enforcement"\ncase = "2026-{number}"\nofficers = ["p-{number * 7}"]\n'
               'categories = ["gambling"]\nstart = 2026-01-01\nend = 2099-01-01\n')
