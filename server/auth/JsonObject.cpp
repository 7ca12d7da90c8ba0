#include "auth/JsonObject.h"

#include <algorithm>
#include <vector>

namespace concierge::auth {

namespace {

constexpr std::size_t deepest = 16; // of a token that anybody makes on purpose

} // namespace

bool hasDuplicates(const simdjson::dom::object &object)
{
    std::vector<std::string_view> names; // unescaped: "a" is "\u0061"
    for (const auto member : object)
        names.push_back(member.key);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
}

std::optional<simdjson::dom::element> memberOf(const simdjson::dom::object &object, std::string_view name)
{
    for (const auto member : object) {
        if (member.key == name)
            return member.value;
    }
    return std::nullopt;
}

std::optional<std::string_view> textOf(const simdjson::dom::element &element)
{
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS)
        return std::nullopt;
    return text;
}

std::optional<JsonObject> JsonObject::parse(QByteArrayView text)
{
    JsonObject result;
    const auto size = static_cast<std::size_t>(text.size());
    result.m_parser = std::make_unique<simdjson::dom::parser>();
    simdjson::dom::element root;
    if (result.m_parser->allocate(std::max<std::size_t>(size, 64), deepest) != simdjson::SUCCESS ||
        result.m_parser->parse(text.data(), size).get(root) != simdjson::SUCCESS ||
        root.get(result.m_object) != simdjson::SUCCESS || hasDuplicates(result.m_object))
        return std::nullopt;
    return result;
}

std::optional<simdjson::dom::element> JsonObject::find(std::string_view name) const
{
    return memberOf(m_object, name);
}

std::optional<std::string_view> JsonObject::text(std::string_view name) const
{
    const auto value = find(name);
    return value ? textOf(*value) : std::nullopt;
}

} // namespace concierge::auth
