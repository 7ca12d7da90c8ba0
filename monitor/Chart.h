#pragma once

#include "ChartScale.h"
#include "LineLayer.h"
#include "shared/Feed.h"

#include <QColor>
#include <QWidget>

namespace concierge::monitor {

struct ChartSeries
{
    QString key;  ///< of feed::historySeries()
    QString name; ///< in the legend
};

struct ChartMarker
{
    qint64 time = 0;
    enum class Kind { Start, Stop, Alert } kind = Kind::Start;
    QString text;
};

/// Lines over time, painted; Qt's own chart modules are GPL. A step that is missing leaves a gap. The
/// crosshair follows the mouse and the arrow keys (Home, End: first and last; Escape: away); it goes from
/// step to step, and in a gap to the marks that are there.
class Chart : public QWidget
{
    Q_OBJECT

public:
    explicit Chart(QWidget *parent = nullptr);

    void setNames(const QString &title, const QString &unit, const QList<ChartSeries> &series);
    /// `note`: shown where there is nothing to draw.
    void setHistory(const feed::History &history, const QList<ChartMarker> &markers, qint64 from, qint64 to);
    void setNote(const QString &note);
    /// Its axis begins where theirs do, however long the values are.
    void alignWith(const QList<Chart *> &charts);
    double axisLeft() const { return plot().left(); }
    void setCursorTime(std::optional<qint64> time);
    std::optional<qint64> cursorTime() const noexcept { return m_cursor; }
    /// The values at the crosshair, in words; without one, the latest.
    QString spoken() const;
    const QString &title() const noexcept { return m_title; }

    QSize minimumSizeHint() const override;
    QSize sizeHint() const override;

Q_SIGNALS:
    void cursorMoved(std::optional<qint64> time);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    QRectF plot() const;
    double x(qint64 time) const;
    double y(double value) const;
    qsizetype nearest(qint64 time) const;
    /// Of the step at this time; -1 in a gap.
    qsizetype stepAt(qint64 time) const;
    qint64 widestStep() const { return m_history.stepMs * 5 / 2; } // one lost step is no gap
    qint64 timeAt(double x) const;
    QList<qint64> stops() const;
    QStringList marksAt(qint64 time) const;
    ValueScale scale() const;
    double labelsWidth() const;
    void moveCursor(std::optional<qint64> time);
    bool isEmpty() const { return m_history.time.isEmpty(); }
    double highest() const;
    void paintHead(QPainter &painter) const;
    void paintAxes(QPainter &painter) const;
    void paintLines(QPainter &painter);
    LineLayer::Frame frame(const QSizeF &size, double ratio) const;
    void paintMarkers(QPainter &painter) const;
    void paintMarkNames(QPainter &painter, double left, double right, double base) const;
    void paintCursor(QPainter &painter) const;
    QString valueText(int which, qsizetype index) const;

    QString m_title;
    QString m_unit;
    QString m_note;
    QList<ChartSeries> m_series;
    feed::History m_history;
    QList<ChartMarker> m_markers;
    qint64 m_from = 0;
    qint64 m_to = 0;
    std::optional<qint64> m_cursor;
    ValueScale m_scale;
    double m_axisWidth = 0; // of the values' labels
    QList<Chart *> m_aligned;
    LineLayer m_lines;
};

} // namespace concierge::monitor
