#pragma once

#include <QByteArray>
#include <QStringList>

#include <utility>

namespace concierge::monitor {

/// Comma-separated values, UTF-8 with a byte order mark, so that spreadsheets take it for that. Source: RFC
/// 4180. What begins like a formula gets an apostrophe before it: users and addresses are what clients say.
class Csv
{
public:
    explicit Csv(const QStringList &header);
    void add(const QStringList &row);
    const QByteArray &bytes() const noexcept { return m_bytes; }
    QByteArray take() { return std::exchange(m_bytes, {}); }

    static QString time(qint64 time); ///< ISO 8601, UTC

private:
    QByteArray m_bytes;
};

} // namespace concierge::monitor
