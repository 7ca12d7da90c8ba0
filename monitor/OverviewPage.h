#pragma once

#include "Chart.h"
#include "Page.h"

#include <QTimer>

class QComboBox;
class QButtonGroup;
class QLabel;
class QPushButton;

namespace concierge::monitor {

class Tiles;

/// The tiles, and the charts below them.
class OverviewPage : public Page
{
    Q_OBJECT

public:
    explicit OverviewPage(QWidget *parent = nullptr);

    void setSession(ServerSession *session) override;
    /// One of feed::historyRanges().
    void setRange(const QString &range);
    const QString &range() const noexcept { return m_range; }
    /// The charts as they are seen, twice as sharp.
    QImage picture();
    /// The shown range: time, then each series of historySeries().
    QByteArray csv() const;

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QWidget *makeHead();
    void retranslate();
    void refresh();
    void refreshFigures();
    void refreshCharts();
    void ask();
    void exportPicture();
    void exportCsv();
    bool isLive() const;
    QList<ChartMarker> markers(const QList<feed::Marker> &markers) const;
    QString note() const;

    Tiles *m_tiles;
    QLabel *m_heading;
    QButtonGroup *m_ranges;
    QPushButton *m_export;
    QList<Chart *> m_charts;
    QTimer m_clock; // the charts move on while no figures come
    QTimer m_ask;
    QString m_range = QStringLiteral("10m");
    feed::History m_history; // of another range than the live one
    QString m_failure;
};

} // namespace concierge::monitor
