// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/key_thread.hpp"

#include "backup/worker_thread.hpp"

#include <utility>

namespace qmgmt {

KeyThread::KeyThread() : thread_{start_worker([this] { work(); })} {}

KeyThread::~KeyThread()
{
    {
        const std::lock_guard lock{mutex_};
        ends_ = true;
        waiting_.clear();
    }
    changed_.notify_one();
}

std::future<ContainerKey> KeyThread::run(Task task, Turn turn)
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

std::future<ContainerKey> KeyThread::open(std::string untrusted_head, Secret passphrase,
                                          const KdfLimits& limits, ContainerSubject subject)
{
    return run(Task{
        [head = std::move(untrusted_head), secret = std::move(passphrase), limits,
         about = std::move(subject)] { return ContainerKey::open(head, secret, limits, about); }});
}

void KeyThread::work()
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
