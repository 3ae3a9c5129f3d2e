// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/inner/data_map.hpp"

#include "backup/fault.hpp"
#include "storage/zero_runs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t piece_size = 1U << 20;
constexpr std::uint64_t granule = 4096;
constexpr HoleRules each_granule{granule, granule};

[[noreturn]] void cannot_read(const std::string& name, std::uint64_t offset, const char* why)
{
    throw BackupError{BackupFault::read_error,
                      "'" + name + "' cannot be read at offset " + std::to_string(offset), why};
}

class Scan {
public:
    Scan(int fd, std::uint64_t size, const std::string& name,
         const std::function<void(std::uint64_t)>& look, const DataMapRules& rules)
        : fd_{fd}, size_{size}, name_{name}, look_{look}, rules_{rules},
          least_hole_{rules.least_hole}, piece_(piece_size)
    {
    }

    DataMap run()
    {
        struct stat status {};
        if (::fstat(fd_, &status) != 0)
            cannot_read(name_, 0, std::strerror(errno));
        if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) < size_)
            cannot_read(name_, static_cast<std::uint64_t>(status.st_size), "the file ends there");
        for (std::uint64_t at = 0; at < size_;) {
            const std::uint64_t data = next(at, SEEK_DATA);
            if (data >= size_)
                break; // a hole up to the end
            const std::uint64_t end = next(data, SEEK_HOLE);
            scan(std::max(at, data / granule * granule), end);
            at = (end + granule - 1) / granule * granule;
        }
        return std::move(map_);
    }

private:
    // Where the next data, or the next hole, begins. What knows no holes is data throughout.
    [[nodiscard]] std::uint64_t next(std::uint64_t from, int what) const
    {
        const off_t found = ::lseek(fd_, static_cast<off_t>(from), what);
        if (found >= 0)
            return std::min(static_cast<std::uint64_t>(found), size_);
        if (errno == ENXIO || what == SEEK_HOLE)
            return size_;
        if (errno == EINVAL || errno == EOPNOTSUPP)
            return from;
        cannot_read(name_, from, std::strerror(errno));
    }

    void scan(std::uint64_t from, std::uint64_t end)
    {
        for (std::uint64_t at = from; at < end; at += piece_size) {
            const auto length =
                static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, end - at));
            read_image(fd_, piece_.data(), length, at, name_);
            const std::string_view bytes{piece_.data(), length};
            for (std::size_t begin = 0; begin < length;) {
                const DataRun run = next_data(bytes, begin, each_granule);
                if (run.length == 0)
                    break;
                add({at + run.at, run.length});
                begin = (run.at + run.length + granule - 1) / granule * granule;
            }
            if (look_)
                look_(at + length);
        }
    }

    void add(const DataRegion& region)
    {
        if (!map_.empty() && is_near(map_.back(), region)) {
            map_.back().length = region.offset + region.length - map_.back().offset;
            return;
        }
        while (map_.size() >= rules_.most_regions) {
            least_hole_ *= 2;
            join();
        }
        if (!map_.empty() && is_near(map_.back(), region))
            map_.back().length = region.offset + region.length - map_.back().offset;
        else
            map_.push_back(region);
    }

    [[nodiscard]] bool is_near(const DataRegion& before, const DataRegion& region) const noexcept
    {
        return region.offset - (before.offset + before.length) < least_hole_;
    }

    // Once more with the larger hole.
    void join()
    {
        std::size_t kept = 0;
        for (std::size_t i = 1; i < map_.size(); ++i) {
            if (is_near(map_[kept], map_[i]))
                map_[kept].length = map_[i].offset + map_[i].length - map_[kept].offset;
            else
                map_[++kept] = map_[i];
        }
        map_.resize(kept + 1);
    }

    int fd_;
    std::uint64_t size_;
    const std::string& name_;
    const std::function<void(std::uint64_t)>& look_;
    const DataMapRules& rules_;
    std::uint64_t least_hole_;
    std::vector<char> piece_;
    DataMap map_;
};

} // namespace

DataMap map_data(int fd, std::uint64_t size, const std::string& name,
                 const std::function<void(std::uint64_t)>& look, const DataMapRules& rules)
{
    return Scan{fd, size, name, look, rules}.run();
}

void read_image(int fd, char* into, std::size_t length, std::uint64_t offset,
                const std::string& name)
{
    while (length > 0) {
        const ssize_t done = ::pread(fd, into, length, static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            cannot_read(name, offset, done < 0 ? std::strerror(errno) : "it ends there");
        into += done;
        offset += static_cast<std::uint64_t>(done);
        length -= static_cast<std::size_t>(done);
    }
}

} // namespace qmgmt
