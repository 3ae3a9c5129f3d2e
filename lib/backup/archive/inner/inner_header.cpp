// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/inner/inner_header.hpp"

#include "backup/archive/tar/pax_record.hpp"
#include "backup/archive/tar/tar_block.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace qmgmt {
namespace {

// Fields of GNU's own header where it is of a sparse file, and of the blocks that continue it.
constexpr std::size_t old_regions_at = 386;
constexpr std::size_t old_regions = 4;
constexpr TarField old_continued{482, 1};
constexpr TarField old_size{483, 12};
constexpr std::size_t continued_regions = 21;
constexpr TarField continued_again{504, 1};

std::optional<std::uint64_t> decimal(std::string_view text) noexcept
{
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc{} || stop != end)
        return std::nullopt;
    return number;
}

// Octal digits, or where they did not suffice GNU's binary form.
std::optional<std::uint64_t> number_of(std::string_view field) noexcept
{
    if (static_cast<unsigned char>(field.front()) != 0x80) {
        field.remove_prefix(std::min(field.size(), field.find_first_not_of(' ')));
        return octal(field);
    }
    std::uint64_t number = 0;
    for (const char c : field.substr(1)) {
        if (number > most_image_size)
            return std::nullopt;
        number = number * 256 + static_cast<unsigned char>(c);
    }
    return number;
}

// What extended records say.
struct Extended {
    std::optional<std::string> path;
    std::optional<std::uint64_t> size;
    bool is_sparse = false;
    std::string_view major;
    std::string_view minor;
    std::optional<std::string> sparse_name;
    std::optional<std::uint64_t> real_size;
};

class Reader {
public:
    Reader(ByteSource& tar, std::string_view name) : tar_{tar}, name_{name} {}

    InnerFile read()
    {
        read_block();
        if (type() == 'x') {
            read_extended();
            read_block();
        }
        const char kind = type();
        if (extended_.is_sparse) {
            if (kind != '0')
                refuse("it is no regular file");
            return sparse_file();
        }
        if (kind != '0' && kind != '\0' && kind != 'S')
            refuse("it is no regular file");
        if (extended_.path.value_or(full_name()) != name_)
            refuse("it holds another file");
        return kind == 'S' ? old_sparse_file() : regular_file();
    }

private:
    [[noreturn]] void refuse(std::string_view why) const { refuse_inner(name_, why); }

    void read_block() { read_inner(tar_, block_.data(), block_.size(), name_); }

    // Of a block that is a header.
    [[nodiscard]] char type() const
    {
        if (!has_tar_magic(block_) || !has_right_checksum(block_))
            refuse("it has no header");
        return bytes_of(block_, tar_field::type).front();
    }

    [[nodiscard]] std::uint64_t header_size() const
    {
        const auto size = number_of(bytes_of(block_, tar_field::size));
        if (!size)
            refuse("its size is no number");
        return *size;
    }

    [[nodiscard]] std::string full_name() const
    {
        const std::string_view prefix = text_of(block_, tar_field::prefix);
        std::string name{prefix};
        // GNU's dialect has other things there.
        const bool has_prefix =
            !prefix.empty() &&
            bytes_of(block_, tar_field::magic).substr(5, 1) == std::string_view{"\0", 1};
        if (!has_prefix)
            name.clear();
        else
            name += '/';
        return name.append(text_of(block_, tar_field::name));
    }

    [[nodiscard]] std::uint64_t checked_size(std::uint64_t size) const
    {
        if (size > most_image_size)
            throw BackupError{BackupFault::size_limit,
                              "'" + std::string{name_} + "' is larger than any image"};
        return size;
    }

    void read_extended()
    {
        const std::uint64_t size = header_size();
        if (size > most_pax_records)
            refuse("it has too many extended records");
        records_.resize(static_cast<std::size_t>(size) + tar_padding(size));
        read_inner(tar_, records_.data(), records_.size(), name_);
        const std::string_view records{records_.data(), static_cast<std::size_t>(size)};
        if (!read_pax_records(records, [this](std::string_view key, std::string_view value) {
                return take_record(key, value);
            }))
            refuse("it has extended records that none may");
    }

    [[nodiscard]] bool take_record(std::string_view key, std::string_view value)
    {
        if (key == "path")
            extended_.path = value;
        else if (key == "size")
            return (extended_.size = decimal(value)).has_value();
        else if (key == "linkpath")
            return false;
        else if (key.starts_with("GNU.sparse."))
            return take_sparse(key.substr(11), value);
        return true; // times, owners, attributes: nothing that is restored
    }

    [[nodiscard]] bool take_sparse(std::string_view key, std::string_view value)
    {
        extended_.is_sparse = true;
        if (key == "major")
            extended_.major = value;
        else if (key == "minor")
            extended_.minor = value;
        else if (key == "name")
            extended_.sparse_name = value;
        else if (key == "realsize")
            return (extended_.real_size = decimal(value)).has_value();
        else
            return false; // formats that GNU tar has given up
        return true;
    }

    [[nodiscard]] InnerFile regular_file() const
    {
        InnerFile file;
        file.size = checked_size(extended_.size.value_or(header_size()));
        file.regions = RegionList{file.size};
        if (!file.regions.add({0, file.size}))
            refuse("its size is none");
        return file;
    }

    [[nodiscard]] InnerFile sparse_file()
    {
        if (extended_.major != "1" || extended_.minor != "0" || !extended_.real_size)
            refuse("it is sparse in a way that cannot be read");
        if (extended_.sparse_name != name_)
            refuse("it holds another file");
        InnerFile file;
        file.size = checked_size(*extended_.real_size);
        file.regions = RegionList{file.size};
        const std::uint64_t stored = checked_size(extended_.size.value_or(header_size()));
        // The list is read block by block, but never beyond what is stored.
        list_left_ = stored;
        list_at_ = block_.size();
        const std::uint64_t count = listed_number();
        if (count > most_listed_regions)
            refuse("it has too many regions");
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t offset = listed_number();
            add(file, {offset, listed_number()});
        }
        if (std::any_of(block_.begin() + static_cast<std::ptrdiff_t>(list_at_), block_.end(),
                        [](char c) { return c != '\0'; }))
            refuse("there is something behind its list of regions");
        finish(file, list_left_);
        return file;
    }

    // A decimal number with a newline behind it.
    [[nodiscard]] std::uint64_t listed_number()
    {
        std::uint64_t number = 0;
        for (unsigned digits = 0;; ++digits) {
            if (list_at_ == block_.size()) {
                if (list_left_ < block_.size())
                    refuse("its list of regions does not end");
                read_block();
                list_left_ -= block_.size();
                list_at_ = 0;
            }
            const char c = block_.at(list_at_++);
            if (c == '\n' && digits > 0)
                return number;
            if (c < '0' || c > '9' || number > most_image_size / 10)
                refuse("its list of regions has a number that is none");
            number = number * 10 + static_cast<std::uint64_t>(c - '0');
        }
    }

    [[nodiscard]] InnerFile old_sparse_file()
    {
        InnerFile file;
        const auto size = number_of(bytes_of(block_, old_size));
        if (!size)
            refuse("its size is no number");
        file.size = checked_size(*size);
        file.regions = RegionList{file.size};
        const std::uint64_t stored = checked_size(extended_.size.value_or(header_size()));
        add_old(file, old_regions_at, old_regions);
        bool more = bytes_of(block_, old_continued).front() != '\0';
        while (more) {
            read_block();
            add_old(file, 0, continued_regions);
            more = bytes_of(block_, continued_again).front() != '\0';
        }
        finish(file, stored);
        return file;
    }

    void add_old(InnerFile& file, std::size_t at, std::size_t count)
    {
        for (; count > 0; --count, at += 24) {
            const std::string_view offset = bytes_of(block_, {at, 12});
            const std::string_view length = bytes_of(block_, {at + 12, 12});
            if (offset.front() == '\0')
                return; // unused, and so are those behind it
            const auto first = number_of(offset);
            const auto second = number_of(length);
            if (!first || !second)
                refuse("its list of regions has a number that is none");
            add(file, {*first, *second});
        }
    }

    void add(InnerFile& file, const DataRegion& region) const
    {
        if (!file.regions.add(region))
            refuse("its list of regions is in disorder");
    }

    void finish(const InnerFile& file, std::uint64_t stored) const
    {
        if (!file.regions.is_whole() || file.regions.data() != stored)
            refuse("its list of regions does not fit its size");
    }

    ByteSource& tar_;
    std::string_view name_;
    TarBlock block_{};
    std::string records_; // that `extended_` looks into
    Extended extended_;
    std::uint64_t list_left_ = 0; // of what is stored, behind the present block of the list
    std::size_t list_at_ = 0;     // in the block
};

} // namespace

void refuse_inner(std::string_view name, std::string_view why)
{
    throw BackupError{BackupFault::inner_tar,
                      "'" + std::string{name} + "' cannot be unpacked: " + std::string{why}};
}

void read_inner(ByteSource& tar, char* into, std::size_t length, std::string_view name)
{
    if (tar.read(into, length) < length)
        throw BackupError{BackupFault::truncated_archive,
                          "'" + std::string{name} + "' ends too early"};
}

InnerFile read_inner_header(ByteSource& tar, std::string_view name)
{
    return Reader{tar, name}.read();
}

} // namespace qmgmt
