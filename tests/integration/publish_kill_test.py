"""kill -9 at some moments of a publish; bench/load/behaviour kills does it at two hundred, with a large list."""
import os

import case
import gateway
import publish_kills

ROUNDS = int(os.environ.get("CITYGATE_KILL_ROUNDS", case.reduced(10, 3)))
SEED = int(os.environ.get("CITYGATE_SEED", "20261130"))


class PublishKill(case.Case):
    def test_the_old_or_the_new_is_in_force(self):
        made = self.make(lists='sources = "sources.toml"')
        path = made.directory / "bets.txt"
        made.write("sources.toml", f'[[source]]\nname = "bets"\npath = "{path}"\nformat = "domains"\ncategory = "gambling"\n')
        made.import_list(gateway.ROOT / "categories/lists", name="starter")
        kills = publish_kills.Kills(gateway.BINARY, made.config, made.state, path, size=case.reduced(20_000, 2_000), seed=SEED)
        kills.first()
        for _ in range(ROUNDS):
            kills.kill_once()
        kills.check_leftovers(ROUNDS)
        made.start()  # and the gateway serves what the commands say
        self.assertIn(f"generation  {kills.in_force()}", made.ask("lists", "status"))


if __name__ == "__main__":
    case.main()
