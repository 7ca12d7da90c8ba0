#pragma once

#include "Csv.h"
#include "FeedClient.h"
#include "TableKind.h"

#include <QPointer>
#include <QSaveFile>

namespace concierge::monitor {

/// Fetches a table of the server page by page and writes it to a file, whole or not at all. Deletes itself.
/// What changes on the server meanwhile may be in it twice or not at all.
class CsvExport : public QObject
{
    Q_OBJECT

public:
    CsvExport(const TableKind &kind, FeedClient &feed, const QString &sort, const QString &filter,
              const QString &path, QObject *parent);
    void start();

Q_SIGNALS:
    void progressed(qint64 rows, qint64 of);
    /// `failure`: empty, or one sentence.
    void finished(const QString &failure);

private:
    void fetch();
    void take(const FeedClient::Reply &reply);
    void end(const QString &failure);

    const TableKind &m_kind;
    QPointer<FeedClient> m_feed;
    feed::ListRequest m_request;
    QSaveFile m_file;
    Csv m_csv;
};

} // namespace concierge::monitor
