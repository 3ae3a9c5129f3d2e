// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/restore_world.hpp"

#include "lib/backup/restore/metadata_text.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

const std::string rules = R"(<firewall version="2">
  <rules>
    <rule><properties>
      <property name="action">accept</property>
      <property name="dsthost">10.0.0.0/8</property>
    </properties></rule>
    <rule><properties><property name="action">drop</property></properties></rule>
  </rules>
</firewall>
)";

std::string volumes(const std::vector<std::pair<std::string, std::uint64_t>>& saved)
{
    std::string text = "<volume-config>";
    for (const auto& [role, size] : saved)
        text += "<volume name=\"" + role + "\" pool=\"elsewhere\" vid=\"x/" + role +
                "\" rw=\"True\" save_on_stop=\"True\" snap_on_start=\"False\" size=\"" +
                std::to_string(size) + "\"/>";
    return text + "</volume-config>";
}

} // namespace

RestoreWorld::RestoreWorld(std::string_view restore, const std::string& parent)
    : World{store_text_on_files(), parent}
{
    root.make_images();
    profile("nightly", restore);
}

void RestoreWorld::profile(std::string_view id, std::string_view restore) const
{
    const std::string path = "/etc/qubes/backup/" + std::string{id} + ".conf";
    root.write(path, "include: []\ndestination_vm: dom0\ndestination_path: /var/backup\n"
                     "passphrase_text: \"" +
                         std::string{test_passphrase} + "\"\n" +
                         (restore.empty() ? "" : "restore:\n" + std::string{restore}));
    REQUIRE(::chmod(root.below(path).c_str(), 0640) == 0);
}

std::string with_options(std::string_view archive, std::string_view options)
{
    return options.empty()
               ? std::string{archive}
               : "mgmt-restore 1\n" + std::string{options} + "\n" + std::string{archive};
}

Outcome RestoreWorld::restore(std::string_view archive, std::string_view options) const
{
    return stream_to(root, restore_nightly, with_options(archive, options));
}

Outcome RestoreWorld::verify(std::string_view archive, std::string_view options) const
{
    return stream_to(root, verify_nightly, with_options(archive, options));
}

std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::vector<std::string> RestoreWorld::restores(std::string_view archive,
                                                std::string_view options) const
{
    const Outcome outcome = restore(archive, options);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    return lines_of(outcome.out);
}

void RestoreWorld::refuses(std::string_view archive, Failure kind, std::string_view token,
                           std::string_view options) const
{
    const std::string store = root.store();
    const auto before = disks();
    const Outcome outcome = restore(archive, options);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == static_cast<int>(kind));
    CHECK(lines_of(outcome.err).size() == 1);
    if (!token.empty())
        CHECK(outcome.err.find(": " + std::string{token} + ": ") != std::string::npos);
    if (!outcome.out.empty())
        CHECK(lines_of(outcome.out).back() == "end result=failed");
    const bool same_store = root.store() == store;
    const bool same_disks = disks() == before;
    CHECK(same_store);
    CHECK(same_disks);
}

std::map<std::string, std::string> RestoreWorld::disks() const
{
    std::map<std::string, std::string> found;
    for (const char* place : {"/var/lib/qubes", "/var/lib/qm-lvm", "/var/lib/qubes-mgmt/intent"}) {
        const std::string directory = root.below(place);
        if (!fs::exists(directory))
            continue;
        for (const auto& entry : fs::recursive_directory_iterator{directory}) {
            std::string facts = "directory";
            if (entry.is_regular_file()) {
                std::string head(4096, '\0');
                std::ifstream file{entry.path(), std::ios::binary};
                file.read(head.data(), static_cast<std::streamsize>(head.size()));
                facts = std::to_string(entry.file_size()) + " " + head;
            }
            found.emplace(entry.path().string().substr(root.path().size()), std::move(facts));
        }
    }
    return found;
}

std::string RestoreWorld::image(std::string_view vid, std::string_view pool) const
{
    return root.read((pool == "lvm" ? "/var/lib/qm-lvm/" : "/var/lib/qubes/") + std::string{vid} +
                     ".img");
}

std::string ArchiveParts::bytes() const
{
    MemorySink sink;
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    ArchiveSettings settings;
    settings.backup_id = test_id;
    settings.compression = compression;
    settings.workers = 1;
    settings.cost = cheap;
    settings.chunk_size = chunk_size;
    ArchiveWriter writer{settings, passphrase, sink};
    writer.add_metadata(metadata_text(domains));
    const auto directory = [](const std::string& name) { return name.substr(0, name.find('/')); };
    // All files of a qube together.
    for (const auto& [name, content] : images) {
        const Fd image = image_file(content);
        writer.add_image(name, image.get(), content.size());
        const auto next =
            std::ranges::find(images, name, &std::pair<std::string, std::string>::first);
        const bool last =
            next + 1 == images.end() || directory((next + 1)->first) != directory(name);
        for (const auto& [file, text] : files)
            if (last && directory(file) == directory(name))
                writer.add_file(file, text);
    }
    for (const auto& [file, text] : files)
        if (std::ranges::none_of(images, [&](const auto& image) {
                return directory(image.first) == directory(file);
            }))
            writer.add_file(file, text);
    static_cast<void>(writer.finish());
    return std::move(sink.bytes);
}

ArchiveParts four_qubes()
{
    std::string sparse = noise(300'000, 5);
    sparse.resize(5'000'000);
    sparse += noise(4096, 6);
    sparse.resize(8'000'000);
    ArchiveParts parts;
    parts.domains =
        DomainText{.klass = "TemplateVM",
                   .name = "deb",
                   .path = "vm20/",
                   .label = "black",
                   .properties = property("memory", "777"),
                   .features = feature("qrexec", "1"),
                   .more = volumes({{"root", 8'000'000}, {"private", 1'000'000}})}
            .text() +
        DomainText{.klass = "AppVM",
                   .name = "office",
                   .path = "vm21/",
                   .label = "green",
                   .properties = property("template", "deb") + property("netvm", "sys-net") +
                                 property("vcpus", "3") + property("template_for_dispvms", "True") +
                                 property("qid", "21") +
                                 property("uuid", "7d1b6d0e-55f1-4e2c-93b3-2f7c9c9c0e03"),
                   .features = feature("service.cups", "1") + feature("note", "a &lt; b"),
                   .tags = "<tag name=\"mine\"/><tag name=\"created-by-other\"/>",
                   .more = volumes({{"private", 2'000'000}})}
            .text() +
        DomainText{.klass = "StandaloneVM",
                   .name = "solo",
                   .path = "vm22/",
                   .more = volumes({{"root", 100'000}, {"private", 1000}})}
            .text() +
        DomainText{.klass = "DispVM",
                   .name = "disp9",
                   .path = "vm23/",
                   .properties = property("template", "office") + property("dispid", "9")}
            .text() +
        DomainText{.name = "sys-net"}.text();
    parts.images = {{"vm20/root.img", sparse},
                    {"vm20/private.img", noise(1'000'000 / 512 * 512, 1)},
                    {"vm21/private.img", noise(1'999'872, 2)},
                    {"vm22/root.img", noise(4097, 3)},
                    {"vm22/private.img", noise(1000, 4)}};
    parts.files = {{"vm21/firewall.xml", rules}, {"vm23/empty", ""}};
    return parts;
}

} // namespace qmgmt::test
