#!/usr/bin/env python3
"""The checks see what they are for: each is shown a tree with one thing wrong."""
import pathlib
import tempfile
import unittest

import check_files
import check_layers


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def layers(self, name, text):
        self.write(name, text)
        return check_layers.check(self.root)[0]

    def files(self, name, text):
        self.write(name, text)
        return check_files.check(self.root)[0]


class Layers(Planted):
    def test_what_may_be_included_passes(self):
        self.write("plugins/common/tls.hpp", "")
        self.write("plugins/sinks/file/writer.hpp", "")
        self.assertEqual([], self.layers("sdk/include/tidegate/a.hpp", '#include <vector>\n#include "tidegate/b.hpp"\n'))
        self.assertEqual([], self.layers("core/cli/a.cpp", '#include "pipeline/a.hpp"\n#include "cli/b.hpp"\n'))
        self.assertEqual([], self.layers("plugins/sinks/file/a.cpp",
                                         '#include "writer.hpp"\n#include "../../common/tls.hpp"\n#include "tls.hpp"\n'
                                         '#include <zlib.h>\n#include "tidegate/plugin.hpp"\n'))

    def test_a_room_that_looks_up_is_found(self):
        self.assertEqual(["core/codec/a.cpp:2: includes pipeline/queue.hpp: core/codec may use config, observe"],
                         self.layers("core/codec/a.cpp", '// text\n#include "pipeline/queue.hpp"\n'))

    def test_config_that_looks_sideways_is_found(self):
        self.assertEqual(["core/config/a.hpp:1: includes observe/log.hpp: core/config may use no other room"],
                         self.layers("core/config/a.hpp", '#include "observe/log.hpp"\n'))

    def test_a_plugin_that_knows_the_host_is_found(self):
        self.write("core/codec/encoder.hpp", "")
        for text in ('#include "codec/encoder.hpp"\n', '#include "../../../core/codec/encoder.hpp"\n'):
            self.assertEqual(1, len(self.layers("plugins/sinks/file/a.cpp", text)), text)

    def test_a_plugin_that_knows_another_is_found(self):
        self.write("plugins/sinks/null/sink.hpp", "")
        self.assertEqual(1, len(self.layers("plugins/sinks/file/a.cpp", '#include "../null/sink.hpp"\n')))

    def test_a_host_that_knows_a_plugin_is_found(self):
        self.assertEqual(1, len(self.layers("core/cli/a.cpp", '#include "../../plugins/sinks/file/writer.hpp"\n')))

    def test_an_sdk_that_needs_a_library_is_found(self):
        self.assertEqual(1, len(self.layers("sdk/include/tidegate/a.hpp", "#include <boost/asio.hpp>\n")))

    def test_a_library_outside_its_adapter_is_found(self):
        self.assertEqual(["core/config/b.cpp:1: includes yaml-cpp/yaml.h: only core/config/yaml.cpp knows yaml-cpp/"],
                         self.layers("core/config/b.cpp", "#include <yaml-cpp/yaml.h>\n"))


class Files(Planted):
    def test_a_good_file_passes(self):
        self.assertEqual([], self.files("core/cli/a.hpp", "#pragma once\n"))

    def test_a_long_file_is_found(self):
        self.assertEqual(["core/cli/a.cpp: 501 lines, over 500; split it by subject, or list it in LONGER with the reason"],
                         self.files("core/cli/a.cpp", "//\n" * 501))

    def test_what_is_left_for_later_is_found(self):
        self.assertEqual(1, len(self.files("core/cli/a.cpp", "// TO" "DO\n")))

    def test_blanks_tabs_and_a_missing_newline_are_found(self):
        self.assertEqual(3, len(self.files("core/cli/a.cpp", "int a; \n\tint b;\nint c;")))

    def test_a_header_without_guard_is_found(self):
        self.assertEqual(["core/cli/a.hpp: no #pragma once"], self.files("core/cli/a.hpp", "int a;\n"))


if __name__ == "__main__":
    unittest.main()
