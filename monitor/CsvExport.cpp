#include "CsvExport.h"

namespace concierge::monitor {

namespace {

QStringList header(const TableKind &kind)
{
    QStringList names;
    for (const TableColumn &column : kind.columns())
        names.append(column.key);
    return names;
}

} // namespace

CsvExport::CsvExport(const TableKind &kind, FeedClient &feed, const QString &sort, const QString &filter,
                     const QString &path, QObject *parent)
    : QObject(parent)
    , m_kind(kind)
    , m_feed(&feed)
    , m_request{0, feed::maxRows, sort, filter}
    , m_file(path)
    , m_csv(header(kind))
{}

void CsvExport::start()
{
    if (!m_file.open(QIODevice::WriteOnly))
        return end(tr("%1 could not be saved: %2").arg(m_file.fileName(), m_file.errorString()));
    fetch();
}

void CsvExport::fetch()
{
    if (!m_feed)
        return end(tr("The server has gone."));
    m_feed->request(m_kind.request, fields::toJson(m_request), this,
                    [this](const FeedClient::Reply &reply) { take(reply); });
}

void CsvExport::take(const FeedClient::Reply &reply)
{
    const auto page = reply ? m_kind.read(reply.value()) : Result<TablePage, QString>(reply.error().message);
    if (!page)
        return end(page.error());
    const auto columns = m_kind.columns();
    for (const TableRow &row : page.value().rows) {
        QStringList cells;
        for (const TableColumn &column : columns)
            cells.append(column.raw(row));
        m_csv.add(cells);
    }
    const QByteArray bytes = m_csv.take();
    if (m_file.write(bytes) != bytes.size())
        return end(tr("%1 could not be saved: %2").arg(m_file.fileName(), m_file.errorString()));
    m_request.offset += page.value().rows.size();
    Q_EMIT progressed(m_request.offset, page.value().matched);
    if (!page.value().rows.isEmpty() && m_request.offset < page.value().matched)
        return fetch();
    if (!m_file.commit())
        return end(tr("%1 could not be saved: %2").arg(m_file.fileName(), m_file.errorString()));
    end(QString());
}

void CsvExport::end(const QString &failure)
{
    Q_EMIT finished(failure);
    deleteLater();
}

} // namespace concierge::monitor
