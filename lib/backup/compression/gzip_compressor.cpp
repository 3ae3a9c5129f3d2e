// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/compression/gzip_compressor.hpp"

#include "backup/fault.hpp"
#include "backup/worker_thread.hpp"

#include <algorithm>
#include <utility>
#include <zlib.h>

namespace qmgmt {
namespace {

constexpr int gzip_window_bits = 15 + 16; // of 32 KiB, with gzip's frame
constexpr int memory_level = 8;

[[noreturn]] void fail(int result)
{
    if (result == Z_MEM_ERROR)
        throw BackupError{BackupFault::no_memory, "there is not enough memory to compress"};
    throw BackupError{BackupFault::internal, "the content cannot be compressed",
                      "zlib: " + std::to_string(result)};
}

} // namespace

class GzipCompressor::Deflater {
public:
    explicit Deflater(int level)
    {
        result_ = deflateInit2(&stream_, level, Z_DEFLATED, gzip_window_bits, memory_level,
                               Z_DEFAULT_STRATEGY);
    }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater()
    {
        if (result_ == Z_OK)
            deflateEnd(&stream_);
    }

    [[nodiscard]] int result() const noexcept { return result_; }
    // Of as much output as a member can have. Before the first: a stream that has ended counts
    // without its frame.
    [[nodiscard]] std::size_t bound() { return deflateBound(&stream_, member_input); }

    // Throws nothing: the room was reserved by who made the member.
    void make(Member& member) noexcept
    {
        member.result = result_ == Z_OK ? deflateReset(&stream_) : result_;
        if (member.result != Z_OK)
            return;
        member.output.resize(member.output.capacity());
        stream_.next_in = reinterpret_cast<Bytef*>(member.input.data());
        stream_.avail_in = static_cast<uInt>(member.input.size());
        stream_.next_out = reinterpret_cast<Bytef*>(member.output.data());
        stream_.avail_out = static_cast<uInt>(member.output.size());
        member.result = deflate(&stream_, Z_FINISH);
        member.output.resize(member.output.size() - stream_.avail_out);
    }

private:
    z_stream stream_{};
    int result_ = Z_OK;
};

GzipCompressor::GzipCompressor(int level, unsigned workers, Output output)
    : level_{level}, workers_{workers}, output_{std::move(output)}, own_{std::make_unique<Deflater>(
                                                                        level)}
{
    if (own_->result() != Z_OK) // no memory, or no such level
        fail(own_->result());
    room_ = own_->bound();
    filling_ = empty_member();
}

GzipCompressor::~GzipCompressor()
{
    {
        const std::lock_guard lock{mutex_};
        ends_ = true;
    }
    work_to_do_.notify_all();
}

GzipCompressor::Owned GzipCompressor::empty_member()
{
    if (!free_.empty()) {
        Owned member = std::move(free_.back());
        free_.pop_back();
        return member;
    }
    auto member = std::make_unique<Member>();
    member->input.reserve(member_input);
    member->output.reserve(room_);
    return member;
}

void GzipCompressor::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, member_input - filling_->input.size());
        filling_->input.append(piece);
        bytes.remove_prefix(piece.size());
        if (filling_->input.size() == member_input)
            hand_over();
    }
}

void GzipCompressor::finish()
{
    if (!filling_->input.empty() || !handed_over_) {
        if (threads_.empty()) {
            own_->make(*filling_);
            put_out(std::exchange(filling_, nullptr));
            filling_ = empty_member();
        } else {
            hand_over();
        }
    }
    while (!in_order_.empty()) // only this thread adds and removes
        give_out_first();
    handed_over_ = false;
}

void GzipCompressor::hand_over()
{
    handed_over_ = true;
    std::size_t waiting = 0;
    {
        const std::lock_guard lock{mutex_};
        in_order_.push_back(std::move(filling_));
        waiting = in_order_.size();
    }
    work_to_do_.notify_one();
    if (threads_.size() < std::min<std::size_t>(workers_, waiting))
        threads_.push_back(start_worker([this] { work(); }));
    // Two for each worker: one that it makes and one that it finds when it is done.
    while (in_order_.size() > std::size_t{2} * workers_ || first_is_made())
        give_out_first();
    filling_ = empty_member();
}

bool GzipCompressor::first_is_made()
{
    const std::lock_guard lock{mutex_};
    return !in_order_.empty() && in_order_.front()->made;
}

void GzipCompressor::give_out_first()
{
    Owned member;
    {
        std::unique_lock lock{mutex_};
        member_made_.wait(lock, [this] { return in_order_.front()->made; });
        member = std::move(in_order_.front());
        in_order_.pop_front();
        --begun_;
    }
    put_out(std::move(member));
}

void GzipCompressor::put_out(Owned member)
{
    if (member->result != Z_STREAM_END)
        fail(member->result);
    output_(member->output);
    member->input.clear();
    member->made = false;
    free_.push_back(std::move(member));
}

void GzipCompressor::work()
{
    Deflater deflater{level_};
    std::unique_lock lock{mutex_};
    for (;;) {
        work_to_do_.wait(lock, [this] { return ends_ || begun_ < in_order_.size(); });
        if (ends_)
            return;
        Member& member = *in_order_[begun_++];
        lock.unlock();
        deflater.make(member);
        lock.lock();
        member.made = true;
        member_made_.notify_one();
    }
}

} // namespace qmgmt
