"""Bad input stops only what it must, and says what would be right."""
import os
import pathlib
import random
import subprocess

import case
import city
import client
import gateway
import origin

HOST = "site.test"


class BadInput(case.Case):
    def refused(self, made, *words, patience=30):
        """The daemon ends by itself with an error that holds all the words."""
        process = made.launch()
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.fail(f"went on in spite of everything:\n{made.log()}")
        finally:
            made.process = None
        text = made.log()
        self.assertGreater(code, 0, text)
        for word in words:
            self.assertIn(word, text)
        self.assertFalse((made.state / "listening").exists())

    def test_every_error_of_a_configuration_is_listed(self):
        made = self.make(settings='[proxy]\nheader_timeuot = "5s"\nbody_timeout = "soon"\nconnections = 0\n\n[nonsense]\nx = 1\n')
        made.write("policy.toml", city.POLICY + '\n[[rule]]\nname = "x"\ncategories = ["gamblng"]\naction = "block"\n'
                   '[[department]]\nname = "polcie"\n')
        result = made.run("check")
        text = result.stdout + result.stderr
        self.assertNotEqual(result.returncode, 0)
        for word in ("header_timeuot", "header_timeout", "body_timeout", "connections", "nonsense", "gamblng", "gambling",
                     "polcie", "police"):
            self.assertIn(word, text)
        for name in ("citygate.toml", "policy.toml"):
            self.assertRegex(text, name + r":\d+")
        self.refused(made, "header_timeuot", "gamblng")

    def test_unreadable_configuration(self):
        made = self.make()
        made.config.write_bytes(b"[gateway\n\xff\x00 = ")
        self.refused(made, "citygate.toml")
        made.config.unlink()
        self.refused(made, "citygate.toml", "No such file")

    def test_good_configuration_passes(self):
        self.assertEqual(self.make().run("check").returncode, 0)

    def test_binary_rubbish_is_no_list(self):
        web = self.keep(origin.HttpOrigin())
        made = self.make(hosts={HOST: "127.0.0.1", "www.pokerstars.com": "127.0.0.1"}).start()
        rubbish = made.directory / "rubbish.txt"
        rubbish.write_bytes(random.Random(7).randbytes(300_000))
        result = made.run("lists", "import", str(rubbish), "--as", "rubbish", "--category", "gambling")
        self.assertIn("not", result.stdout + result.stderr)
        self.assertEqual(client.get(made.port, f"http://{HOST}:{web.port}/").status, 200)
        self.assertEqual(client.get(made.port, f"http://www.pokerstars.com:{web.port}/").status, 403)

    def images(self, made):
        folder = made.state / "lists" / "images"
        return {path.name: path for path in folder.iterdir() if path.is_dir()}

    def damage(self, image):
        """Turns one bit in the middle of the largest file."""
        path = max((path for path in image.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        path.chmod(0o600)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x10
        path.write_bytes(data)
        return path.name

    def test_damaged_image_gives_way_to_the_last_good_one(self):
        web = self.keep(origin.HttpOrigin())
        made = self.make(hosts={"www.pokerstars.com": "127.0.0.1"}).start()
        before = set(self.images(made))
        self.assertEqual(len(before), 1)
        made.import_list(made.write("more.txt", "casino.example\n"), name="more", category="gambling")
        made.stop()
        images = self.images(made)
        newest, = set(images) - before
        name = self.damage(images[newest])
        made.start()
        self.assertIn(name, made.log())
        self.assertEqual(client.get(made.port, f"http://www.pokerstars.com:{web.port}/").status, 403)

    def test_without_any_good_image_the_gateway_does_not_start_open(self):
        made = self.make(hosts={"www.pokerstars.com": "127.0.0.1"}).start()
        made.stop()
        names = [self.damage(image) for image in self.images(made).values()]
        # From the sources it is compiled anew; without them there is nothing to go by.
        web = self.keep(origin.HttpOrigin())
        made.start()
        self.assertIn("compiled anew", made.log())
        self.assertEqual(client.get(made.port, f"http://www.pokerstars.com:{web.port}/").status, 403)
        made.stop()
        names = [self.damage(image) for image in self.images(made).values()]
        for version in (made.state / "lists" / "sources" / "starter").iterdir():
            self.damage(version)
        self.refused(made, names[0])

    def test_state_of_a_newer_version(self):
        made = self.make().start()
        made.stop()
        marker = made.state / "FORMAT"
        marker.write_text(marker.read_text("ascii").replace(" 1", " 9999"), "ascii")
        before = {path: path.stat().st_mtime_ns for path in (made.state / "db").iterdir()}
        self.refused(made, "9999", "newer")
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in (made.state / "db").iterdir()})

    def test_port_in_use(self):
        web = self.keep(origin.HttpOrigin())
        first = self.make(hosts={HOST: "127.0.0.1"}).start()
        second = self.make()
        second.config.write_text(second.config.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{first.port}"), "utf-8")
        self.refused(second, f"127.0.0.1:{first.port}", "in use")
        self.assertEqual(client.get(first.port, f"http://{HOST}:{web.port}/").status, 200)

    def test_a_wildcard_beside_an_address_that_it_covers(self):
        made = self.make(listen=("0.0.0.0:3128", "[::1]:3128", "127.0.0.1:3128 tls"))
        said = made.run("check").stderr
        self.assertRegex(said, r"citygate\.toml:\d+: gateway\.listen names 127\.0\.0\.1:3128 beside 0\.0\.0\.0:3128, which covers it")
        self.assertNotIn("names [::1]:3128", said)

    def test_root_leaves_no_files_where_the_gateway_is_somebody_else(self):
        """Else the gateway would find files at its next start that it cannot open."""
        if os.geteuid() != 0:
            self.skipTest("only root may look into the directories of others")
        made = self.make().start()
        made.stop()
        other = 65534
        for path in (made.state, *made.state.rglob("*")):
            os.chown(path, other, other)
        before = {path: path.stat().st_mtime_ns for path in made.state.rglob("*")}
        for words in (("records", "search"), ("lists", "import", str(made.write("more.txt", "casino.example\n"))), ("serve",),
                      ("backup", str(made.directory / "backup"))):
            said = made.run(*words)
            self.assertEqual(said.returncode, 1, words)
            self.assertRegex(said.stderr, f"{made.state} belongs to \\w+.*runuser")
        self.assertEqual({path: path.stat().st_mtime_ns for path in made.state.rglob("*")}, before)
        self.assertFalse((made.directory / "backup").exists())

    def test_a_gateway_is_asked_whatever_has_become_of_its_configuration(self):
        made = self.make().start()
        made.config.write_text(made.config.read_text("utf-8") + "\n[nonsense]\nx = 1\n", "utf-8")

        def ask(*words):
            return subprocess.run([str(gateway.BINARY), *words, "--config", str(made.config)], capture_output=True, text=True,
                                  timeout=gateway.PATIENCE, stdin=subprocess.DEVNULL, check=False)

        self.assertIn("listening", ask("status").stdout)
        reloaded = ask("reload")
        self.assertEqual(reloaded.returncode, 1)
        self.assertRegex(reloaded.stderr, r"citygate\.toml:\d+: .*nonsense")
        self.assertEqual(ask("stop").returncode, 0)
        self.assertEqual(made.process.wait(gateway.PATIENCE), 0)
        resting = ask("records", "search")
        self.assertEqual(resting.returncode, 1)
        self.assertRegex(resting.stderr, r"citygate\.toml:\d+: .*nonsense")

    def test_second_process_on_a_state_directory(self):
        web = self.keep(origin.HttpOrigin())
        first = self.make(hosts={HOST: "127.0.0.1"}).start()
        listening = (first.state / "listening").read_text("utf-8")
        second = self.make(state=first.state)
        process = subprocess.run([str(gateway.BINARY), "serve", "--config", str(second.config), "--state", str(first.state)],
                                 capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(str(first.state), process.stdout + process.stderr)
        self.assertEqual((first.state / "listening").read_text("utf-8"), listening)
        self.assertEqual(client.get(first.port, f"http://{HOST}:{web.port}/").status, 200)

    def test_subcommands_open_a_resting_state_directory(self):
        web = self.keep(origin.HttpOrigin())
        made = self.make(hosts={HOST: "127.0.0.1"}).start()
        self.assertEqual(client.get(made.port, f"http://{HOST}:{web.port}/page").status, 200)
        made.stop()
        self.assertEqual([record["path"] for record in made.search()], ["/page"])
        made.import_list(made.write("more.txt", "casino.example\n"), name="more", category="gambling")
        self.assertIn("gambling", made.ask("lists", "lookup", "www.casino.example"))
        made.start()
        self.assertIn("gambling", made.ask("lists", "lookup", "www.casino.example"))

    def test_torn_spool_file(self):
        """A ring cut short by somebody: its records are lost, and nothing else is."""
        web = self.keep(origin.HttpOrigin())
        made = self.make(hosts={HOST: "127.0.0.1"}).start()
        self.assertEqual(client.get(made.port, f"http://{HOST}:{web.port}/kept").status, 200)
        made.search()
        made.kill()
        rings = sorted(pathlib.Path(made.state / "spool").rglob("*.ring"))
        self.assertTrue(rings)
        with open(rings[0], "r+b") as ring:
            ring.truncate(1000)
        made.start()
        self.assertEqual([record["path"] for record in made.search()], ["/kept"])
        self.assertIn(rings[0].name, made.log())


if __name__ == "__main__":
    case.main()
