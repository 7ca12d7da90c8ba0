#pragma once

#include <QByteArrayView>

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string_view>

namespace concierge::auth {

/// A JSON object as tokens and key sets hold it: valid UTF-8, no member twice on its top level, a few levels
/// deep at most, no number beyond 64 bits. Lives as long as the views and elements that it gives.
class JsonObject
{
public:
    /// Nothing: it is none, or is not as said above.
    static std::optional<JsonObject> parse(QByteArrayView text);

    const simdjson::dom::object &members() const noexcept { return m_object; }
    std::optional<simdjson::dom::element> find(std::string_view name) const;
    bool has(std::string_view name) const { return find(name).has_value(); }
    /// Nothing: there is no such member, or it is no string.
    std::optional<std::string_view> text(std::string_view name) const;

private:
    JsonObject() = default;
    std::unique_ptr<simdjson::dom::parser> m_parser; // which m_object points into
    simdjson::dom::object m_object;
};

/// Nothing: it is another type.
std::optional<std::string_view> textOf(const simdjson::dom::element &element);
bool hasDuplicates(const simdjson::dom::object &object);
std::optional<simdjson::dom::element> memberOf(const simdjson::dom::object &object, std::string_view name);

} // namespace concierge::auth
