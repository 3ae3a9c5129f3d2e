// SPDX-License-Identifier: GPL-2.0-or-later
//
// Stages of one piece of work, each on a thread of its own, with short queues between them. The
// first that fails stops all of them: nobody waits for somebody who has gone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace qmgmt {

class Flow {
public:
    // What a wait throws when the work has been stopped: the stage ends, and has nothing to add.
    struct Stopped {};

    // `body` on a thread; what it throws stops all.
    [[nodiscard]] std::jthread start(std::function<void()> body);

    void stop() noexcept;
    // The first error is kept.
    void fail(std::exception_ptr error) noexcept;
    // Throws Stopped.
    void check();
    // Throws the first error, if there is one.
    void rethrow();

    // What queues wait with.
    std::mutex& mutex() noexcept { return mutex_; }
    std::condition_variable& changed() noexcept { return changed_; }
    // With the mutex held.
    [[nodiscard]] bool is_stopped() const noexcept { return stopped_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopped_ = false;
    std::exception_ptr error_;
};

// From one stage to another. All waits throw Flow::Stopped.
template<typename T>
class FlowQueue {
public:
    FlowQueue(Flow& flow, std::size_t most) : flow_{flow}, most_{most} {}

    void put(T item)
    {
        std::unique_lock lock{flow_.mutex()};
        flow_.changed().wait(lock, [this] { return flow_.is_stopped() || items_.size() < most_; });
        if (flow_.is_stopped())
            throw Flow::Stopped{};
        items_.push_back(std::move(item));
        flow_.changed().notify_all();
    }

    // Nothing follows.
    void close()
    {
        const std::scoped_lock lock{flow_.mutex()};
        closed_ = true;
        flow_.changed().notify_all();
    }

    // Nothing when the queue is closed and empty.
    [[nodiscard]] std::optional<T> take()
    {
        return take([] {});
    }
    // `look` is called now and then while it waits, and may throw.
    template<typename Look>
    [[nodiscard]] std::optional<T> take(Look look)
    {
        std::unique_lock lock{flow_.mutex()};
        while (!flow_.changed().wait_for(lock, std::chrono::milliseconds{100}, [this] {
            return flow_.is_stopped() || closed_ || !items_.empty();
        })) {
            lock.unlock();
            look();
            lock.lock();
        }
        if (flow_.is_stopped())
            throw Flow::Stopped{};
        if (items_.empty())
            return std::nullopt;
        std::optional<T> item{std::move(items_.front())};
        items_.pop_front();
        flow_.changed().notify_all();
        return item;
    }

private:
    Flow& flow_;
    std::size_t most_;
    std::deque<T> items_;
    bool closed_ = false;
};

// Stops the work at the end of a scope, before the threads that were started in it are joined:
// declared behind them.
class FlowEnd {
public:
    explicit FlowEnd(Flow& flow) noexcept : flow_{flow} {}
    FlowEnd(const FlowEnd&) = delete;
    FlowEnd& operator=(const FlowEnd&) = delete;
    ~FlowEnd() { flow_.stop(); }

private:
    Flow& flow_;
};

} // namespace qmgmt
