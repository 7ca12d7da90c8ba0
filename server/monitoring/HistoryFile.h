#pragma once

#include "monitoring/History.h"

#include <QFile>

#include <memory>

namespace concierge::monitoring {

/// Keeps a History in DATA_DIR/history.bin: a header, the rings and the markers, at fixed places and each
/// with a checksum, 600 KB from the beginning on. Written in place and never synced: what a power
/// failure takes of it shows as a gap. A write that fails is said once; the history goes on in memory.
/// Thread: one.
class HistoryFile final : public HistoryStore
{
public:
    /// Opens or makes the file and fills `history`, which it serves from then on and which must end first. A
    /// file that is damaged or of another program is put aside, with a warning in the log; this never fails.
    HistoryFile(const QString &folder, History &history, qint64 now);

    /// Time of day at which the file was made.
    qint64 madeAt() const noexcept { return m_madeAt; }

    void write(std::size_t ring, std::size_t slot, const HistoryPoint &point) override;
    void write(quint64 number, const feed::Marker &marker) override;

private:
    bool open(qint64 now);
    bool make(qint64 now);
    bool readHeader();
    void putAside(const QString &why);
    void load(History &history, qint64 now);
    void writeAt(qint64 offset, const QByteArray &bytes);

    QFile m_file;
    QString m_problem; // why it is not open
    qint64 m_madeAt = 0;
    bool m_isFailing = false;
};

} // namespace concierge::monitoring
