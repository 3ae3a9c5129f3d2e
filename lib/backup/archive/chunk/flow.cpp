// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/chunk/flow.hpp"

#include "backup/worker_thread.hpp"

namespace qmgmt {

std::jthread Flow::start(std::function<void()> body)
{
    return start_worker([this, body = std::move(body)] {
        try {
            body();
        } catch (const Stopped&) {
            stop(); // whoever still waits for this stage
        } catch (...) {
            fail(std::current_exception());
        }
    });
}

void Flow::stop() noexcept
{
    fail(nullptr);
}

void Flow::fail(std::exception_ptr error) noexcept
{
    const std::scoped_lock lock{mutex_};
    if (!stopped_)
        error_ = std::move(error);
    stopped_ = true;
    changed_.notify_all();
}

void Flow::check()
{
    const std::scoped_lock lock{mutex_};
    if (stopped_)
        throw Stopped{};
}

void Flow::rethrow()
{
    const std::scoped_lock lock{mutex_};
    if (error_)
        std::rethrow_exception(error_);
}

} // namespace qmgmt
