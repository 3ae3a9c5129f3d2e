// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/inner/region_list.hpp"

namespace qmgmt {

bool RegionList::add(const DataRegion& region)
{
    if (closed_ || count_ >= most_listed_regions || region.offset < end_ || region.offset > size_ ||
        region.length > size_ - region.offset)
        return false;
    ++count_;
    closed_ = region.length == 0;
    if (!closed_) {
        put(region.offset - end_);
        put(region.length);
    }
    end_ = region.offset + region.length;
    data_ += region.length;
    return true;
}

std::optional<DataRegion> RegionList::take()
{
    if (numbers_.empty())
        return std::nullopt;
    const std::uint64_t offset = taken_ + get();
    const std::uint64_t length = get();
    taken_ = offset + length;
    return DataRegion{offset, length};
}

void RegionList::put(std::uint64_t number)
{
    for (; number >= 128; number /= 128)
        numbers_.push_back(static_cast<unsigned char>(number % 128 + 128));
    numbers_.push_back(static_cast<unsigned char>(number));
}

std::uint64_t RegionList::get()
{
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        const unsigned char byte = numbers_.front();
        numbers_.pop_front();
        number |= std::uint64_t{byte} % 128 << shift;
        if (byte < 128)
            return number;
    }
}

} // namespace qmgmt
