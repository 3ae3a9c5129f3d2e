// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/name.hpp"
#include "storage/lvm/report.hpp"
#include "support/catch.hpp"
#include "support/file_systems.hpp"

using namespace qmgmt;
using namespace qmgmt::lvm;

TEST_CASE("storage.md 3: the path of a device doubles the hyphens of group and volume", "[lvm]")
{
    const auto mapper = test::on_disk("/dev/mapper/"); // before the library asks for the root
    CHECK(device_path("qubes_dom0", "vm-my-vm-root-snap") ==
          mapper + "qubes_dom0-vm--my--vm--root--snap");
    CHECK(device_path("a-b", "c") == mapper + "a--b-c");
    CHECK(device_path("a-b", "c").starts_with(device_path_start("a-b")));
}

TEST_CASE("storage.md 7: revisions of a volume whose name begins like another's are not its own",
          "[lvm]")
{
    const auto root = VolumeName::parse("vg0/vm-a-root");
    REQUIRE(root);
    CHECK(root->revision_id("vm-a-root-1500000000-back") == "1500000000-back");
    for (const char* other :
         {"vm-a-root", "vm-a-root-private", "vm-a-root-private-1500000001-back",
          "vm-a-root--1-back", "vm-a-root-back", "vm-a-root-1-backx", "vm-a-root-x1-back",
          "vm-a-root-+1-back", "vm-a-root-1000000000000000000-back"}) {
        INFO(other);
        CHECK_FALSE(root->revision_id(other));
    }
}

TEST_CASE("lvm names: vids are a group and a volume that is no part of another", "[lvm]")
{
    for (const char* good : {"vg0/vm-a-root", "vg0/root", "a.b+c_d-e/x", "vg0/vm-a-root-tmp"})
        CHECK(VolumeName::parse(good));
    for (const char* bad : {"", "vg0", "/x", "vg0/", "-v/x", "vg0/-x", "vg0/x/y", "vg0/..", "../x",
                            "vg0/a b", "vg0/a\n", "vg0/vm-a-root-snap", "vg0/vm-a-root-import",
                            "vg0/vm-a-root-1-back", "vg0/vm-a-root-back"}) {
        INFO(bad);
        CHECK_FALSE(VolumeName::parse(bad));
    }
}

TEST_CASE("lvm names: what lvm keeps for itself and what is too long is told before", "[lvm]")
{
    const auto why = [](const std::string& vid) {
        return VolumeName::parse(vid).value().why_unusable();
    };
    CHECK(why("vg0/vm-a-root").empty());
    CHECK(why("vg0/vm-x_tmeta-root").find("'_tmeta'") != std::string::npos);
    CHECK(why("vg0/pvmove0").find("'pvmove'") != std::string::npos);
    CHECK(why("vg0/snapshot1").find("'snapshot'") != std::string::npos);
    // with the end of a revision, the hyphens of that doubled: 3 + 1 + 105 + 18 = 127
    CHECK(why("vg0/" + std::string(105, 'a')).empty());
    CHECK(why("vg0/" + std::string(106, 'a')) == "its name is too long");
    CHECK(why("vg0/" + std::string(55, '-').insert(0, "a")) == "its name is too long");
}

TEST_CASE("storage.md 54: a report with empty values and one that is none", "[lvm]")
{
    const std::string good =
        R"({"report":[{"lv":[{"vg_name":"vg0","pool_lv":"tp","lv_name":"vm-a-root",)"
        R"("lv_size":"4194304B","data_percent":"","lv_attr":"Vwi---tz--","origin":"",)"
        R"("lv_metadata_size":"","metadata_percent":"","chunk_size":"0B",)"
        R"("vg_extent_size":"4194304B"}]}],"log":[]})";
    const auto report = parse_report(good);
    REQUIRE(report);
    REQUIRE(report->size() == 1);
    const LogicalVolume& volume = report->front();
    CHECK(volume.size == 4194304);
    CHECK_FALSE(volume.data_used);
    CHECK(volume.is_thin_volume());
    CHECK(volume.is_writable());
    CHECK_FALSE(volume.is_active());

    const auto with = [&](const std::string& what, const std::string& instead) {
        std::string text = good;
        return text.replace(text.find(what), what.size(), instead);
    };
    const auto used = [&](const std::string& percent) {
        const auto rows =
            parse_report(with(R"("data_percent":"")", R"("data_percent":")" + percent + '"'));
        return rows ? rows->front().data_used : std::nullopt;
    };
    CHECK(used("12.34") == 1234);
    CHECK(used("7") == 700);
    CHECK(used("0.05") == 5);
    CHECK(used("100.00") == 10000);
    CHECK_FALSE(used("12,34"));
    CHECK_FALSE(used("101.00"));
    CHECK_FALSE(used("x"));
    for (const auto& [what, instead] : std::vector<std::pair<std::string, std::string>>{
             {"4194304B", "4194304"},
             {"4194304B", "-1B"},
             {"Vwi---tz--", "Vwi"},
             {R"("lv_size")", R"("lv_sise")"},
             {R"("origin":"")", R"("origin":3)"},
             {R"({"report")", R"(log line {"report")"},
             {R"("report")", R"("rapport")"},
         }) {
        INFO(instead);
        CHECK_FALSE(parse_report(with(what, instead)));
    }
    CHECK_FALSE(parse_report(""));
    CHECK_FALSE(parse_report(good.substr(0, good.size() - 1)));
}

TEST_CASE("lvm report: a share of a size does not overflow", "[lvm]")
{
    CHECK(share(10737418240, 1234) ==
          10737418240 / 10000 * 1234 + 10737418240 % 10000 * 1234 / 10000);
    CHECK(share(std::uint64_t{1} << 62, 10000) == std::uint64_t{1} << 62);
}
