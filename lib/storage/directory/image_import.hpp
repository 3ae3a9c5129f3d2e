// SPDX-License-Identifier: GPL-2.0-or-later
//
// The next committed image of a volume in a directory pool, beside the present one until it is
// complete.
#pragma once

#include "storage/directory/image_directory.hpp"
#include "storage/import.hpp"

#include <functional>
#include <string>
#include <vector>

namespace qmgmt {

class ImageImport final : public Import {
public:
    // Replaces what an import left that nobody finished. `keep` is what the volume keeps; `warn`
    // hears what went wrong beside the commit.
    ImageImport(ImageDirectory images, ImageNames names, std::uint64_t size, int keep,
                std::function<void(std::string)> warn);
    ~ImageImport() override;

    [[nodiscard]] int fd() const noexcept override { return image_.get(); }
    void resize(std::uint64_t size) override;
    void commit() override;

private:
    ImageDirectory images_;
    ImageNames names_;
    int keep_;
    std::function<void(std::string)> warn_;
    Fd image_;
    bool committed_ = false;
};

} // namespace qmgmt
