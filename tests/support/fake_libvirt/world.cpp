// SPDX-License-Identifier: GPL-2.0-or-later

#include "support/fake_libvirt/world.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <libvirt/libvirt.h>
#include <sstream>

namespace qmgmt::fake {
namespace {

Moment moment_of(std::string_view word)
{
    return word == "after" ? Moment::after : Moment::before;
}

const char* word(Moment moment)
{
    return moment == Moment::after ? "after" : "before";
}

Fault fault_of(std::istringstream& words)
{
    Fault fault;
    std::string numbers;
    std::string moment;
    words >> fault.operation >> fault.nth >> numbers >> moment;
    std::istringstream parts{numbers};
    char slash = 0;
    parts >> fault.code >> slash >> fault.domain >> slash >> fault.system_error;
    fault.moment = moment_of(moment);
    std::getline(words >> std::ws, fault.text);
    return fault;
}

} // namespace

World World::parse(const std::string& text)
{
    World world;
    std::istringstream lines{text};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words{line};
        std::string kind;
        words >> kind;
        if (kind == "type") {
            words >> world.type;
        } else if (kind == "next-id") {
            words >> world.next_id;
        } else if (kind == "domain") {
            Domain domain;
            std::string mark;
            words >> domain.name >> domain.uuid >> domain.state >> domain.reason >> domain.id >>
                mark;
            domain.transient = mark == "transient";
            world.domains.push_back(domain);
        } else if (kind == "due") {
            Due due;
            words >> due.uuid >> due.at >> due.state >> due.reason >> due.id;
            world.dues.push_back(due);
        } else if (kind == "switch") {
            Switch one;
            words >> one.uuid >> one.name >> one.value;
            world.switches.push_back(one);
        } else if (kind == "fail") {
            world.faults.push_back(fault_of(words));
        } else if (kind == "delay") {
            Delay delay;
            words >> delay.operation >> delay.milliseconds;
            world.delays.push_back(delay);
        } else if (kind == "hang") {
            Hang hang;
            std::string moment;
            words >> hang.operation >> moment;
            hang.moment = moment_of(moment);
            world.hangs.push_back(hang);
        }
    }
    return world;
}

std::string World::text() const
{
    std::ostringstream out;
    out << "type " << type << "\nnext-id " << next_id << '\n';
    for (const Domain& domain : domains)
        out << "domain " << domain.name << ' ' << domain.uuid << ' ' << domain.state << ' '
            << domain.reason << ' ' << domain.id << (domain.transient ? " transient" : "") << '\n';
    for (const Due& due : dues)
        out << "due " << due.uuid << ' ' << due.at << ' ' << due.state << ' ' << due.reason << ' '
            << due.id << '\n';
    for (const Switch& one : switches)
        out << "switch " << one.uuid << ' ' << one.name << ' ' << one.value << '\n';
    for (const Fault& fault : faults)
        out << "fail " << fault.operation << ' ' << fault.nth << ' ' << fault.code << '/'
            << fault.domain << '/' << fault.system_error << ' ' << word(fault.moment) << ' '
            << fault.text << '\n';
    for (const Delay& delay : delays)
        out << "delay " << delay.operation << ' ' << delay.milliseconds << '\n';
    for (const Hang& hang : hangs)
        out << "hang " << hang.operation << ' ' << word(hang.moment) << '\n';
    return out.str();
}

Domain* World::find(std::string_view uuid)
{
    const auto found = std::ranges::find(domains, uuid, &Domain::uuid);
    return found == domains.end() ? nullptr : &*found;
}

long World::switched(std::string_view uuid, std::string_view name) const
{
    const auto found = std::ranges::find_if(
        switches, [&](const Switch& one) { return one.uuid == uuid && one.name == name; });
    return found == switches.end() ? 0 : found->value;
}

void World::stop(const std::string& uuid, int reason, long long now)
{
    Domain* domain = find(uuid);
    std::erase_if(dues, [&](const Due& due) { return due.uuid == uuid; });
    domain->state = VIR_DOMAIN_SHUTOFF;
    domain->reason = reason;
    if (const long patience = switched(uuid, "dying-for")) {
        dues.push_back({uuid, now + patience, VIR_DOMAIN_SHUTOFF, reason, -1});
        return;
    }
    domain->id = -1;
    if (domain->transient)
        std::erase_if(domains, [&](const Domain& one) { return one.uuid == uuid; });
}

bool World::count_operation(long long now)
{
    std::vector<std::string> dying;
    bool counted = false;
    for (Switch& one : switches) {
        if (one.name != "dies-at" || one.value <= 0)
            continue;
        counted = true;
        if (--one.value == 0)
            dying.push_back(one.uuid);
    }
    for (const std::string& uuid : dying) {
        if (const Domain* domain = find(uuid); domain != nullptr && domain->active())
            stop(uuid, VIR_DOMAIN_SHUTOFF_SHUTDOWN, now);
    }
    return counted;
}

bool World::let_pass(long long now)
{
    bool passed = false;
    for (;;) {
        const auto next = std::ranges::min_element(dues, {}, &Due::at);
        if (next == dues.end() || next->at > now)
            return passed;
        const Due due = *next;
        dues.erase(next);
        passed = true;
        Domain* domain = find(due.uuid);
        if (domain == nullptr || !domain->active())
            continue;
        if (due.id == -1 && domain->state != VIR_DOMAIN_SHUTOFF) {
            stop(due.uuid, due.reason, due.at);
            continue;
        }
        domain->state = due.state;
        domain->reason = due.reason;
        domain->id = due.id;
        if (due.id == -1 && domain->transient)
            std::erase_if(domains, [&](const Domain& one) { return one.uuid == due.uuid; });
    }
}

long long now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<long long>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

} // namespace qmgmt::fake
