// SPDX-License-Identifier: GPL-2.0-or-later

#include "calls/backup_world.hpp"

#include "backup/archive/archive_reader.hpp"
#include "base/fd.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block = 4096;

void put(Image& image, std::uint64_t offset, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto within = offset % block;
        const auto part = bytes.substr(0, block - within);
        if (part.find_first_not_of('\0') != std::string_view::npos) {
            std::string& own = image.blocks[offset - within];
            own.resize(block);
            own.replace(within, part.size(), part);
        }
        offset += part.size();
        bytes.remove_prefix(part.size());
    }
}

class FileSource final : public ByteSource {
public:
    explicit FileSource(const std::string& path) : file_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}
    {
    }

    [[nodiscard]] std::size_t read(char* into, std::size_t room) override
    {
        std::size_t done = 0;
        while (done < room) {
            const ssize_t got = ::read(file_.get(), into + done, room - done);
            if (got < 0)
                throw std::runtime_error{"cannot read an archive"};
            if (got == 0)
                break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

private:
    Fd file_;
};

class ImageReceiver final : public FileReceiver {
public:
    void begin(const ArchivedFile& file) override { image.size = file.size; }
    void content(std::uint64_t offset, std::string_view bytes) override
    {
        put(image, offset, bytes);
    }

    Image image;
};

class TextSink final : public ByteSink {
public:
    void write(std::string_view bytes) override { text += bytes; }

    std::string text;
};

std::vector<std::string> names_below(const std::string& top)
{
    std::vector<std::string> names;
    if (fs::exists(top))
        for (const auto& entry : fs::recursive_directory_iterator{top})
            names.push_back(entry.path().string().substr(top.size()));
    std::ranges::sort(names);
    return names;
}

} // namespace

Image image_of(const std::string& path)
{
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file)
        throw std::runtime_error{"cannot read " + path};
    Image image;
    image.size = static_cast<std::uint64_t>(::lseek(file.get(), 0, SEEK_END));
    std::string bytes(block, '\0');
    off_t hole = 0;
    for (off_t at = ::lseek(file.get(), 0, SEEK_DATA); at >= 0;
         at = ::lseek(file.get(), hole, SEEK_DATA)) {
        hole = ::lseek(file.get(), at, SEEK_HOLE);
        for (; at < hole; at += block) {
            const ssize_t got = ::pread(file.get(), bytes.data(), block, at);
            if (got < 0)
                throw std::runtime_error{"cannot read " + path};
            put(image, static_cast<std::uint64_t>(at),
                {bytes.data(), static_cast<std::size_t>(got)});
        }
    }
    return image;
}

std::string ReadArchive::text(const std::string& file) const
{
    const Image& image = content.at(file);
    std::string all(image.size, '\0');
    for (const auto& [offset, bytes] : image.blocks)
        all.replace(offset, std::min<std::size_t>(block, image.size - offset), bytes, 0,
                    std::min<std::size_t>(block, image.size - offset));
    return all;
}

ReadArchive read_archive(const std::string& path, std::string_view passphrase)
{
    FileSource source{path};
    const auto secret = Passphrase::parse(passphrase);
    ArchiveReader reader{source, secret};
    ReadArchive archive;
    archive.metadata = reader.metadata();
    while (const auto file = reader.next()) {
        archive.files.push_back(*file);
        if (file->starts_with("dom0-home/")) {
            TextSink tar;
            reader.take_tar(tar, std::uint64_t{1} << 30);
            archive.tars[*file] = std::move(tar.text);
            continue;
        }
        ImageReceiver receiver;
        reader.take(receiver);
        archive.content[*file] = std::move(receiver.image);
    }
    reader.finish();
    return archive;
}

BackupHost::BackupHost(const std::string& text, const std::string& parent) : Host{text, "", parent}
{
    fs::create_directories(root.below(directory));
}

void BackupHost::set_profile(std::string_view lines, const std::string& id,
                             std::string_view where) const
{
    const std::string path = "/etc/qubes/backup/" + id + ".conf";
    root.write(path, std::string{where} + "passphrase_text: \"" + std::string{passphrase} +
                         "\"\nkdf_logn: 14\n" + std::string{lines});
    ::chmod(root.below(path).c_str(), 0600);
}

void BackupHost::fill(std::string_view image, char letter, std::uint64_t size) const
{
    std::string content(std::min<std::uint64_t>(size, 300'000), letter);
    content.replace(content.size() / 3, content.size() / 3, content.size() / 3, '\0');
    root.write(image, content);
    ::chmod(root.below(image).c_str(), 0600);
    fs::resize_file(root.below(image), size);
    if (size > 3 * content.size()) {
        const Fd file{::open(root.below(image).c_str(), O_WRONLY | O_CLOEXEC)};
        REQUIRE(::pwrite(file.get(), "end", 3, static_cast<off_t>(size - 3)) == 3);
    }
}

Command BackupHost::command(const std::string& id) const
{
    return remote_command(root, {"dom0", "mgmt.backup.Execute", id});
}

Outcome BackupHost::execute(const std::string& id) const
{
    return run(command(id));
}

std::string BackupHost::archive(const std::string& id) const
{
    const auto before = archives();
    const Outcome outcome = execute(id);
    CHECK(outcome.out.empty());
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    std::vector<std::string> added;
    std::ranges::set_difference(archives(), before, std::back_inserter(added));
    REQUIRE(added.size() == 1);
    check_nothing_left();
    return root.below(directory) + "/" + added.front();
}

void BackupHost::check_fault(const Outcome& outcome, BackupFault fault)
{
    INFO(outcome.err);
    CHECK(outcome.out.empty());
    CHECK(outcome.status == static_cast<int>(failure_of(fault).kind));
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
    CHECK(outcome.err.find(": " + std::string{token(fault)} + ": ") != std::string::npos);
}

void BackupHost::refuses(BackupFault fault, const std::string& id) const
{
    const auto before = archives();
    const auto store = root.store();
    check_fault(execute(id), fault);
    CHECK(archives() == before);
    CHECK((root.store() == store)); // not to be printed
    check_nothing_left();
}

std::vector<std::string> BackupHost::archives() const
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{root.below(directory)})
        names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
}

void BackupHost::check_no_export() const
{
    for (const std::string top :
         {"/var/lib/qubes", "/var/lib/qm-lvm", "/var/lib/qubes-mgmt/backup"})
        for (const std::string& name : names_below(root.below(top))) {
            INFO(top << name);
            CHECK(name.find(".img.attached-") == std::string::npos);
            CHECK_FALSE(name.ends_with(".run"));
        }
}

void BackupHost::check_nothing_left() const
{
    check_no_export();
    for (const std::string top : {"/var/lib/qubes-mgmt", "/run/qubes-mgmt/backup", "/backups"})
        for (const std::string& name : names_below(root.below(top))) {
            INFO(top << name);
            CHECK_FALSE(name.ends_with(".partial"));
            CHECK_FALSE(name.ends_with(".progress"));
            CHECK(name.find('~') == std::string::npos);
        }
}

std::string BackupHost::last(std::string_view key, const std::string& id) const
{
    const std::string path = "/var/lib/qubes-mgmt/backup/" + id + ".last";
    if (!root.exists(path))
        return {};
    const std::string text = "\n" + root.read(path);
    const auto at = text.find("\n" + std::string{key} + "=");
    if (at == std::string::npos)
        return {};
    const auto begin = at + key.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
}

std::optional<std::string> BackupHost::timestamp(std::string_view qube) const
{
    return view().property(qube, "backup_timestamp");
}

} // namespace qmgmt::test
