// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/archives.hpp"

#include "backup/archive/inner/inner_writer.hpp"
#include "backup/archive/outer/member_name.hpp"
#include "backup/archive/tar/tar_block.hpp"
#include "backup/container/cipher.hpp"

#include <random>
#include <stdexcept>
#include <sys/mman.h>

namespace qmgmt::test {

std::string tar_entry(const TarEntry& entry)
{
    const TarBlock header = tar_header(
        {.name = entry.name, .size = entry.content.size(), .type = entry.type, .time = 1767225600});
    return std::string{header.data(), header.size()} + entry.content +
           std::string(tar_padding(entry.content.size()), '\0');
}

std::string tar_of(const std::vector<TarEntry>& entries)
{
    std::string bytes;
    for (const TarEntry& entry : entries)
        bytes += tar_entry(entry);
    return bytes + std::string(2 * tar_block, '\0');
}

std::vector<TarEntry> entries_of(std::string_view archive)
{
    std::vector<TarEntry> entries;
    for (std::size_t at = 0; at < archive.size();) {
        TarBlock block;
        std::memcpy(block.data(), archive.data() + at, block.size());
        if (is_zero(block))
            break;
        const std::uint64_t size = octal(bytes_of(block, tar_field::size)).value();
        entries.push_back({std::string{text_of(block, tar_field::name)},
                           std::string{archive.substr(at + tar_block, size)},
                           bytes_of(block, tar_field::type).front()});
        at += tar_block + size + tar_padding(size);
    }
    return entries;
}

TarEntry& entry_of(std::vector<TarEntry>& entries, std::string_view name)
{
    const auto found = std::ranges::find(entries, name, &TarEntry::name);
    if (found == entries.end())
        throw std::runtime_error{"no such member: " + std::string{name}};
    return *found;
}

ArchiveMaker::ArchiveMaker(std::string backup_id, std::string_view passphrase)
    : id_{std::move(backup_id)}, passphrase_{Passphrase::parse(passphrase)}
{
}

TarEntry ArchiveMaker::sealed(const std::string& bound, std::string_view plain,
                              const KdfCost& cost) const
{
    const ContainerKey key = ContainerKey::make(passphrase_.for_member(id_, bound), cost);
    return {bound + ".enc", seal(key, plain)};
}

std::string ArchiveMaker::opened(const TarEntry& entry) const
{
    const std::string bound = entry.name.substr(0, entry.name.size() - 4);
    return unseal(entry.content, passphrase_.for_member(id_, bound), {}, {bound});
}

std::vector<TarEntry> ArchiveMaker::header(std::string_view text) const
{
    const ContainerKey key = ContainerKey::make(passphrase_.for_header(), cheap);
    return {{std::string{header_member}, std::string{text}},
            {std::string{header_proof_member}, seal(key, text)}};
}

std::vector<TarEntry> ArchiveMaker::header(Compression compression, bool manifest) const
{
    return header(BackupHeader{id_, compression, manifest}.text());
}

TarEntry ArchiveMaker::file(const std::string& name, std::string_view content) const
{
    return sealed(name + ".000", inner_tar(name, content));
}

std::string inner_tar(std::string_view name, std::string_view content)
{
    std::string tar;
    pack_text(name, content, [&tar](std::string_view bytes) { tar += bytes; });
    return tar;
}

void KeepingReceiver::begin(const ArchivedFile& begun)
{
    file = begun;
}

void KeepingReceiver::content(std::uint64_t offset, std::string_view bytes)
{
    if (!pieces.empty()) {
        auto& [at, last] = *pieces.rbegin();
        if (offset < at + last.size())
            throw std::runtime_error{"content goes back"};
        if (offset == at + last.size()) {
            last += bytes;
            return;
        }
    }
    pieces.emplace(offset, bytes);
}

std::string KeepingReceiver::bytes() const
{
    std::string all(file.size, '\0');
    for (const auto& [at, piece] : pieces)
        all.replace(at, piece.size(), piece);
    if (all.size() != file.size)
        throw std::runtime_error{"content reaches beyond the end"};
    return all;
}

void read_archive(std::string_view archive, ReadArchive& read, std::string_view passphrase)
{
    MemorySource source{archive};
    const Passphrase secret = Passphrase::parse(passphrase);
    ArchiveReader reader{source, secret};
    read.header = reader.header();
    read.metadata = reader.metadata();
    while (const auto name = reader.next()) {
        read.order.push_back(*name);
        reader.take(read.files[*name]);
    }
    reader.finish();
}

ReadArchive read_archive(std::string_view archive, std::string_view passphrase)
{
    ReadArchive read;
    read_archive(archive, read, passphrase);
    return read;
}

Fd image_file(std::string_view content)
{
    Fd file{::memfd_create("image", MFD_CLOEXEC)};
    if (!write_all(file.get(), content))
        throw std::runtime_error{"no image"};
    return file;
}

std::string noise(std::size_t size, unsigned seed)
{
    std::mt19937 generator{seed};
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(generator());
    return bytes;
}

GoodArchive good_archive(Compression compression)
{
    GoodArchive good;
    good.metadata = "<qubes>" + noise(300, 7) + "</qubes>";
    good.files = {{"vm7/private.img", noise(20'000, 8)},
                  {"vm7/firewall.xml", "<firewall version=\"2\"/>\n"},
                  {"vm9/private.img", noise(3'000, 9)}};
    MemorySink sink;
    const Passphrase passphrase = Passphrase::parse(test_passphrase);
    ArchiveWriter writer{{.backup_id = std::string{test_id},
                          .time = 1767225600,
                          .compression = compression,
                          .level = 1,
                          .workers = 1,
                          .cost = cheap,
                          .chunk_size = 8192},
                         passphrase,
                         sink};
    writer.add_metadata(good.metadata);
    for (const char* const name : {"vm7/private.img", "vm7/firewall.xml", "vm9/private.img"}) {
        const std::string& content = good.files.at(name);
        if (std::string_view{name}.ends_with(".img"))
            writer.add_image(name, image_file(content).get(), content.size());
        else
            writer.add_file(name, content);
    }
    static_cast<void>(writer.finish());
    good.bytes = std::move(sink.bytes);
    return good;
}

} // namespace qmgmt::test
