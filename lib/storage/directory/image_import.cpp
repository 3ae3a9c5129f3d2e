// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/image_import.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "storage/directory/origin_image.hpp"

namespace qmgmt {

ImageImport::ImageImport(ImageDirectory images, ImageNames names, std::uint64_t size, int keep,
                         std::function<void(std::string)> warn)
    : images_{std::move(images)}, names_{std::move(names)}, keep_{keep}, warn_{std::move(warn)}
{
    images_.create_empty(names_.imported(), size);
    image_ = images_.open_for_writing(names_.imported());
}

ImageImport::~ImageImport()
{
    if (committed_)
        return;
    try {
        images_.remove({names_.imported()});
        images_.remove_if_empty();
    } catch (const Error& error) {
        log_warning(error.text() + " (" + error.detail() + "), ignoring");
    }
}

void ImageImport::resize(std::uint64_t size)
{
    images_.set_size(image_.get(), names_.imported(), size);
}

void ImageImport::commit()
{
    images_.flush(names_.imported());
    for (std::string& warning : exchange_origin(images_, names_, names_.imported(), keep_))
        warn_(std::move(warning));
    committed_ = true;
}

} // namespace qmgmt
