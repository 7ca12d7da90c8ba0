#include "app/WaitingFacts.h"

#include <array>

namespace concierge::app {

bool WaitingFacts::matches(const QString &filter) const
{
    return QString::fromUtf8(user.utf8()).contains(filter, Qt::CaseInsensitive);
}

std::span<const monitoring::Column<WaitingFacts>> WaitingFacts::columns()
{
    using Facts = WaitingFacts;
    static constexpr std::array<monitoring::Column<Facts>, 4> all{{
        {"user", [](const Facts &a, const Facts &b) { return a.user < b.user; }},
        {"messages", [](const Facts &a, const Facts &b) { return a.messages < b.messages; }},
        {"bytes", [](const Facts &a, const Facts &b) { return a.bytes < b.bytes; }},
        {"oldest", [](const Facts &a, const Facts &b) { return a.oldest < b.oldest; }},
    }};
    return all;
}

feed::WaitingRow WaitingFacts::row() const
{
    return {QString::fromUtf8(user.utf8()), messages, bytes, oldest.count()};
}

} // namespace concierge::app
