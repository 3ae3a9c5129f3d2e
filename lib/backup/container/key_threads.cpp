// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/key_threads.hpp"

#include "backup/worker_thread.hpp"

#include <utility>

namespace qmgmt {

KeyThreads::KeyThreads(unsigned count)
{
    try {
        for (unsigned i = 0; i < count; ++i)
            threads_.push_back(start_worker([this] { work(); }));
    } catch (...) {
        end(); // or those that were started would be waited for in vain
        throw;
    }
}

KeyThreads::~KeyThreads()
{
    end();
}

void KeyThreads::end()
{
    {
        const std::lock_guard lock{mutex_};
        ends_ = true;
        waiting_.clear();
    }
    changed_.notify_all();
}

std::future<ContainerKey> KeyThreads::run(Task task, Turn turn)
{
    std::future<ContainerKey> key = task.get_future();
    {
        const std::lock_guard lock{mutex_};
        if (turn == Turn::next)
            waiting_.push_front(std::move(task));
        else
            waiting_.push_back(std::move(task));
    }
    changed_.notify_one();
    return key;
}

void KeyThreads::work()
{
    for (;;) {
        Task task;
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
            if (ends_)
                return;
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        task();
    }
}

} // namespace qmgmt
