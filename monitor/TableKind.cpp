#include "TableKind.h"

#include "Csv.h"
#include "Format.h"

#include <QCoreApplication>

namespace concierge::monitor {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Tables", text);
}

template <class Page>
Result<TablePage, QString> readPage(const QJsonObject &json)
{
    Page page;
    if (const auto error = fields::fromJson(json, page))
        return error->text;
    TablePage read{page.offset, page.total, page.matched, page.time, {}};
    for (auto &row : page.rows)
        read.rows.append(std::move(row));
    return read;
}

template <class Row>
TableColumn column(const char *key, const QString &title, int width, Qt::Alignment alignment,
                   std::function<QString(const Row &, qint64)> text, std::function<QString(const Row &)> raw)
{
    return {QLatin1String(key),
            title,
            width,
            alignment,
            [text](const TableRow &row, qint64 now) { return text(std::get<Row>(row), now); },
            [raw](const TableRow &row) { return raw(std::get<Row>(row)); }};
}

QString statusName(const QString &status)
{
    if (status == QLatin1String("online"))
        return translated(QT_TRANSLATE_NOOP("Tables", "active"));
    if (status == QLatin1String("idle"))
        return translated(QT_TRANSLATE_NOOP("Tables", "idle"));
    return status.isEmpty() ? translated(QT_TRANSLATE_NOOP("Tables", "not signed in")) : status;
}

QString ago(qint64 time, qint64 now)
{
    if (time == 0)
        return QStringLiteral("–");
    const qint64 age = now - time;
    if (age < 2'000)
        return translated(QT_TRANSLATE_NOOP("Tables", "now"));
    return translated(QT_TRANSLATE_NOOP("Tables", "%1 ago")).arg(Format::duration(age));
}

QList<TableColumn> peopleColumns()
{
    using Row = feed::ClientRow;
    const auto left = Qt::AlignLeft | Qt::AlignVCenter;
    const auto right = Qt::AlignRight | Qt::AlignVCenter;
    return {
        column<Row>(
            "user", translated(QT_TRANSLATE_NOOP("Tables", "Person")), 22, left,
            [](const Row &row, qint64) { return row.user.isEmpty() ? QStringLiteral("–") : row.user; },
            [](const Row &row) { return row.user; }),
        column<Row>(
            "status", translated(QT_TRANSLATE_NOOP("Tables", "Status")), 12, left,
            [](const Row &row, qint64) { return statusName(row.status); },
            [](const Row &row) { return row.status; }),
        column<Row>(
            "devices", translated(QT_TRANSLATE_NOOP("Tables", "Devices")), 10, right,
            [](const Row &row, qint64) { return Format::count(row.devices); },
            [](const Row &row) { return QString::number(row.devices); }),
        column<Row>(
            "transport", translated(QT_TRANSLATE_NOOP("Tables", "Connection")), 13, left,
            [](const Row &row, qint64) {
                return row.transport == QLatin1String("websocket") ? QStringLiteral("WebSocket")
                       : row.transport == QLatin1String("polling")
                           ? translated(QT_TRANSLATE_NOOP("Tables", "polling"))
                           : row.transport;
            },
            [](const Row &row) { return row.transport; }),
        column<Row>(
            "address", translated(QT_TRANSLATE_NOOP("Tables", "Address")), 17, left,
            [](const Row &row, qint64) { return row.address; }, [](const Row &row) { return row.address; }),
        column<Row>(
            "since", translated(QT_TRANSLATE_NOOP("Tables", "Connected since")), 17, left,
            [](const Row &row, qint64 now) { return Format::when(row.since, now); },
            [](const Row &row) { return Csv::time(row.since); }),
        column<Row>(
            "lastSeen", translated(QT_TRANSLATE_NOOP("Tables", "Last seen")), 13, left,
            [](const Row &row, qint64 now) { return ago(row.lastSeen, now); },
            [](const Row &row) { return Csv::time(row.lastSeen); }),
        column<Row>(
            "queued", translated(QT_TRANSLATE_NOOP("Tables", "On its way")), 12, right,
            [](const Row &row, qint64) { return Format::bytes(row.queued); },
            [](const Row &row) { return QString::number(row.queued); }),
        column<Row>(
            "sid", translated(QT_TRANSLATE_NOOP("Tables", "Connection number")), 20, left,
            [](const Row &row, qint64) { return row.sid; }, [](const Row &row) { return row.sid; }),
    };
}

QList<TableColumn> waitingColumns()
{
    using Row = feed::WaitingRow;
    const auto left = Qt::AlignLeft | Qt::AlignVCenter;
    const auto right = Qt::AlignRight | Qt::AlignVCenter;
    return {
        column<Row>(
            "user", translated(QT_TRANSLATE_NOOP("Tables", "Person")), 32, left,
            [](const Row &row, qint64) { return row.user; }, [](const Row &row) { return row.user; }),
        column<Row>(
            "messages", translated(QT_TRANSLATE_NOOP("Tables", "Messages")), 14, right,
            [](const Row &row, qint64) { return Format::count(row.messages); },
            [](const Row &row) { return QString::number(row.messages); }),
        column<Row>(
            "bytes", translated(QT_TRANSLATE_NOOP("Tables", "Size")), 14, right,
            [](const Row &row, qint64) { return Format::bytes(row.bytes); },
            [](const Row &row) { return QString::number(row.bytes); }),
        column<Row>(
            "oldest", translated(QT_TRANSLATE_NOOP("Tables", "The oldest came")), 28, left,
            [](const Row &row, qint64 now) { return ago(row.oldest, now); },
            [](const Row &row) { return Csv::time(row.oldest); }),
    };
}

} // namespace

const TableKind &TableKind::people()
{
    static const TableKind kind{
        QLatin1String("listClients"), QStringLiteral("user"), readPage<feed::ClientPage>,
        [](const TableRow &row) { return std::get<feed::ClientRow>(row).sid; }, peopleColumns};
    return kind;
}

const TableKind &TableKind::waiting()
{
    static const TableKind kind{
        QLatin1String("listWaiting"), QStringLiteral("-messages"), readPage<feed::WaitingPage>,
        [](const TableRow &row) { return std::get<feed::WaitingRow>(row).user; }, waitingColumns};
    return kind;
}

} // namespace concierge::monitor
