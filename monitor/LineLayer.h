#pragma once

#include <QColor>
#include <QList>
#include <QPixmap>

#include <optional>

class QPainter;

namespace concierge::monitor {

/// Lines over time on a ground of their own, kept as a picture. As time goes on, the picture is moved and
/// only what is new is painted; other values, sizes or colours paint it anew.
class LineLayer
{
public:
    struct Look
    {
        QColor color;
        QColor ground; ///< below the line; invalid: none
        Qt::PenStyle style = Qt::SolidLine;
        double width = 1.8;

        friend bool operator==(const Look &, const Look &) = default;
    };
    /// What a picture looks like, apart from what is in it. Lengths are logical pixels.
    struct Frame
    {
        QSize size; ///< device pixels
        double ratio = 1;
        QColor background;
        QColor grid;
        QList<double> gridLines; ///< their middles
        double zero = 0;         ///< where the value 0 is
        double unit = 1;         ///< height of a value of 1
        qint64 span = 1;         ///< ms of the whole width

        friend bool operator==(const Frame &, const Frame &) = default;
    };
    struct Line
    {
        Look look;
        QList<std::optional<double>> values;
    };
    struct Content
    {
        QList<qint64> time;
        qint64 stepMs = 1'000;
        QList<Line> lines;
    };

    /// The picture of the time that ends at `to`.
    const QPixmap &picture(const Frame &frame, const Content &content, qint64 to);
    /// Of the last picture: the device pixels at its right side that were painted for it.
    int paintedWidth() const noexcept { return m_painted; }

private:
    qint64 widest() const { return m_content.stepMs * 5 / 2; } // one lost step is no gap
    qint64 column(qint64 time) const;
    int pixel(qint64 time) const;
    std::optional<qint64> firstChange(const Content &content) const;
    void paint(int left, qint64 from);
    void paintLine(QPainter &painter, const Line &line, qint64 from) const;
    void paintPiece(QPainter &painter, const Look &look, const QPolygonF &points) const;

    QPixmap m_pixmap;
    Frame m_frame;
    Content m_content;
    qint64 m_end = 0; // column of the picture's end
    int m_painted = 0;
};

} // namespace concierge::monitor
