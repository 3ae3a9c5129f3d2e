// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/key_maker.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace qmgmt {
namespace {

// A key that so many unforetold names have passed over will not be taken any more.
constexpr unsigned most_passed_over = 8;

// One derivation at a time where compressing needs the processors.
unsigned how_many_threads() noexcept
{
    return std::thread::hardware_concurrency() > 4 ? 2 : 1;
}

} // namespace

KeyMaker::KeyMaker(const Passphrase& passphrase, std::string backup_id, const KdfCost& cost)
    : passphrase_{passphrase},
      backup_id_{std::move(backup_id)}, cost_{cost}, threads_{how_many_threads()}
{
}

KeyMaker::~KeyMaker() = default;

void KeyMaker::expect(const std::string& name)
{
    const auto same = [&](const Expected& other) { return other.name == name; };
    if (std::none_of(expected_.begin(), expected_.end(), same))
        expected_.push_back({name, {}, 0});
    start_ahead();
}

void KeyMaker::forget(const std::string& name)
{
    const auto same = [&](const Expected& other) { return other.name == name; };
    expected_.erase(std::remove_if(expected_.begin(), expected_.end(), same), expected_.end());
    start_ahead();
}

ContainerKey KeyMaker::take(const std::string& name)
{
    const auto same = [&](const Expected& other) { return other.name == name; };
    const auto found = std::find_if(expected_.begin(), expected_.end(), same);
    std::future<ContainerKey> key;
    if (found != expected_.end() && found->key.valid()) {
        key = std::move(found->key);
        expected_.erase(found);
    } else {
        // Nobody told in time. Keys that nobody takes must not keep others from being made.
        if (found != expected_.end())
            expected_.erase(found);
        if (!expected_.empty() && ++expected_.front().passed_over == most_passed_over)
            expected_.pop_front();
        key = start(name, KeyThreads::Turn::next);
    }
    start_ahead(); // while the caller waits, and while he works with it
    return key.get();
}

bool KeyMaker::is_made(const std::string& name) const
{
    return std::any_of(expected_.begin(), expected_.end(), [&](const Expected& other) {
        return other.name == name && other.key.valid() &&
               other.key.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    });
}

std::future<ContainerKey> KeyMaker::start(const std::string& name, KeyThreads::Turn turn)
{
    return threads_.run(
        KeyThreads::Task{[secret = passphrase_.for_member(backup_id_, name), cost = cost_] {
            return ContainerKey::make(secret, cost);
        }},
        turn);
}

void KeyMaker::start_ahead()
{
    for (std::size_t i = 0; i < std::min(ahead, expected_.size()); ++i)
        if (!expected_[i].key.valid())
            expected_[i].key = start(expected_[i].name, KeyThreads::Turn::last);
}

} // namespace qmgmt
