// SPDX-License-Identifier: GPL-2.0-or-later
//
// Stores to read: one with everything people and programs write into such a file, and small ones
// around one fault.
#pragma once

#include <string>
#include <string_view>

namespace qmgmt::test {

// Comments, CDATA, processing instructions, single quotes, a CR reference, unknown elements and
// attributes.
inline constexpr std::string_view crowded = R"(<?xml version='1.0' encoding='UTF-8'?>
<!-- by hand -->
<qubes version="3.0">
  <labels>
    <label id="label-1" color="0xcc0000">red</label>
    <label id='label-8' color="0x000000">black</label>
  </labels>
  <pools>
    <pool name="varlibqubes" dir_path="/var/lib/qubes" driver="file-reflink"/>
  </pools>
  <properties>
    <property name="default_netvm">net</property>
  </properties>
  <domains>
    <domain id="domain-0" class="AdminVM"><properties><property name="label">black</property></properties></domain>
    <domain id="domain-1" class="TemplateVM" unknown='yes'>
      <properties>
        <property name="label"><![CDATA[black]]></property>
        <property name="name">tmpl</property>
        <property name="qid">1</property>
        <?keep me?>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e01</property>
      </properties>
      <features/>
      <strange><inner a="1&amp;2"/></strange>
      <tags></tags>
    </domain>
    <domain id="domain-2" class="AppVM">
      <properties>
        <property name="label">red</property>
        <property name="name">net</property>
        <property name="provides_network">True</property>
        <property name="qid">2</property>
        <property name="uuid">3f0b7c52-90a4-4d4e-8b1d-5a0f6f3c1e02</property>
        <property name="netvm"></property>
        <property name="template">tmpl</property>
      </properties>
      <features>
        <feature name="lines">a&#13;
b</feature>
      </features>
      <tags>
        <tag name="b"/>
        <tag name="d"/>
      </tags>
    </domain>
  </domains>
</qubes>
)";

// `text` with the first `from` replaced by `to`.
inline std::string with(std::string_view text, std::string_view from, std::string_view to)
{
    std::string changed{text};
    const auto at = changed.find(from);
    if (at == std::string::npos)
        return "the text to replace is not there";
    return changed.replace(at, from.size(), to);
}

} // namespace qmgmt::test
