// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/xml_parser.hpp"

#include <exception>
#include <expat.h>
#include <memory>
#include <strings.h>

namespace qmgmt {
namespace {

struct Session {
    XML_Parser parser;
    XmlHandler* handler;
    int depth = 0;
    const char* refusal = nullptr;
    std::exception_ptr thrown; // no exception may pass through expat's frames

    void refuse(const char* reason)
    {
        if (refusal == nullptr)
            refusal = reason;
        XML_StopParser(parser, XML_FALSE);
    }

    template<typename Body>
    void guarded(Body&& body)
    {
        if (thrown)
            return;
        try {
            body();
        } catch (...) {
            thrown = std::current_exception();
            XML_StopParser(parser, XML_FALSE);
        }
    }

    [[nodiscard]] Range range() const
    {
        const auto begin = static_cast<std::size_t>(XML_GetCurrentByteIndex(parser));
        return {begin, begin + static_cast<std::size_t>(XML_GetCurrentByteCount(parser))};
    }
};

constexpr std::string_view xinclude = "http://www.w3.org/2001/XInclude";

void on_start(void* data, const char* name, const char** attributes)
{
    auto& session = *static_cast<Session*>(data);
    if (++session.depth > deepest_nesting)
        return session.refuse("elements are nested too deeply");
    for (const char** pair = attributes; *pair != nullptr; pair += 2) {
        if (std::string_view{pair[0]}.starts_with("xmlns") && pair[1] == xinclude)
            return session.refuse("XInclude is not allowed");
    }
    session.guarded([&] {
        session.handler->start({name, attributes, session.range(), session.depth});
    });
}

void on_end(void* data, const char*)
{
    auto& session = *static_cast<Session*>(data);
    session.guarded([&] {
        const Range range = session.range();
        session.handler->end({range, range.size() == 0, session.depth});
    });
    --session.depth;
}

void on_text(void* data, const char* characters, int length)
{
    auto& session = *static_cast<Session*>(data);
    session.guarded([&] { session.handler->text({characters, static_cast<std::size_t>(length)}); });
}

void on_doctype(void* data, const char*, const char*, const char*, int)
{
    static_cast<Session*>(data)->refuse("a DOCTYPE is not allowed");
}

void on_declaration(void* data, const char*, const char* encoding, int)
{
    if (encoding != nullptr && ::strcasecmp(encoding, "utf-8") != 0 &&
        ::strcasecmp(encoding, "us-ascii") != 0)
        static_cast<Session*>(data)->refuse("the encoding is neither UTF-8 nor ASCII");
}

struct FreeParser {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

} // namespace

std::optional<XmlFault> parse_xml(std::string_view bytes, XmlHandler& handler)
{
    const std::unique_ptr<XML_ParserStruct, FreeParser> parser{XML_ParserCreate("UTF-8")};
    if (!parser)
        throw std::bad_alloc{};
    Session session{parser.get(), &handler};
    XML_SetUserData(parser.get(), &session);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
    XML_SetXmlDeclHandler(parser.get(), on_declaration);
    const auto status =
        XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), XML_TRUE);
    if (session.thrown)
        std::rethrow_exception(session.thrown);
    if (status == XML_STATUS_OK)
        return std::nullopt;
    const auto index = XML_GetCurrentByteIndex(parser.get());
    return XmlFault{index < 0 ? 0 : static_cast<std::size_t>(index),
                    session.refusal != nullptr ? session.refusal
                                               : XML_ErrorString(XML_GetErrorCode(parser.get()))};
}

} // namespace qmgmt
