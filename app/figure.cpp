// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figure.h"

#include <QBuffer>
#include <QFile>
#include <QPageSize>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSaveFile>
#include <QTimer>

#include "app/figureparts.h"
#include "app/mainwindow.h"
#include "app/svgdevice.h"
#include "app/theme.h"
#include "base/text.h"
#include "items/session.h"
#include "widgets/maptheme.h"
#include "widgets/offsetmap.h"
#include "widgets/qcp.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr double vectorRatio = 2; // of the parts of an SVG or PDF that are pixels: fit for print
constexpr int margin = 8;

// Figures stand on paper: where the window's palette has a grey ground, they have that of its text fields.
QPalette onPaper(QPalette palette)
{
    palette.setColor(QPalette::Window, palette.color(QPalette::Base));
    palette.setColor(QPalette::WindowText, palette.color(QPalette::Text));
    return palette;
}

// QPdfWriter writes when it was made: the same figure would not be the same bytes. As many characters take their place.
QByteArray undated(QByteArray pdf)
{
    static const QRegularExpression date(u"/(?:CreationDate|ModDate) ?\\(D:([0-9]{14})"_s);
    const QString text = QString::fromLatin1(pdf);
    for (auto match = date.globalMatch(text); match.hasNext();) {
        const auto at = match.next().capturedStart(1);
        pdf.replace(at, 14, "20000101000000");
    }
    return pdf;
}

} // namespace

Figure::Figure(MainWindow& window, const FigureSpec& spec, QObject* parent)
    : QObject(parent)
    , m_window(window)
    , m_spec(spec)
    , m_palette(onPaper(spec.dark ? paletteOf(*spec.dark) : window.palette()))
    , m_font(window.font())
    , m_dpi(window.logicalDpiX())
    , m_timer(new QTimer(this))
{
    if (spec.kind == FigureKind::Window)
        m_spec.size = window.size();
    m_part = makeFigurePart(window, m_spec, body().size(), m_palette, spec.format == FigureFormat::Png ? std::max(1.0, spec.scale) : vectorRatio);
    m_timer->setInterval(20);
    connect(m_timer, &QTimer::timeout, this, [this] {
        m_calm = settled() ? m_calm + 1 : 0;
        if (m_calm < 2) // what has just arrived may call for more
            return;
        m_timer->stop();
        if (const auto then = std::exchange(m_then, nullptr))
            then();
    });
}

Figure::~Figure() = default;

QString Figure::unavailable(const MainWindow& window, FigureKind kind)
{
    if (kind == FigureKind::Window)
        return {};
    if (!window.session().document())
        return tr("nothing is open");
    return kind == FigureKind::HeatMap && window.session().selection()->selection().empty() ? tr("nothing is selected") : QString();
}

bool Figure::settled() { return m_part->settled(); }
QString Figure::trouble() const { return m_part->trouble(); }

void Figure::whenSettled(std::function<void()> then)
{
    m_then = std::move(then);
    m_calm = 0;
    m_timer->start();
}

QRect Figure::body() const
{
    const QRect all(QPoint(), m_spec.size);
    if (m_spec.kind == FigureKind::Window)
        return all;
    const int line = QFontMetrics(m_font).height() + 4;
    return all.adjusted(0, line + margin, 0, -margin);
}

void Figure::paint(QCPPainter& painter)
{
    if (m_spec.kind == FigureKind::Window) {
        m_part->paint(painter, body());
        return;
    }
    const QRect all(QPoint(), m_spec.size);
    if (!m_spec.transparent)
        painter.fillRect(all, m_palette.color(QPalette::Base));
    const QFontMetrics metrics(m_font);
    const QRect line(margin, margin, all.width() - 2 * margin, metrics.height());
    const QString file = metrics.elidedText(m_window.session().title(), Qt::ElideMiddle, line.width() / 2);
    painter.setFont(m_font);
    painter.setPen(mixed(m_palette.color(QPalette::Text), m_palette.color(QPalette::Base), 0.3));
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, file);
    painter.setPen(m_palette.color(QPalette::Text));
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(m_part->heading(), Qt::ElideMiddle, line.width() - metrics.horizontalAdvance(file) - 3 * margin));
    m_part->paint(painter, body());
}

QImage Figure::image()
{
    const QSize pixels = (QSizeF(m_spec.size) * m_spec.scale).toSize();
    const double drawn = std::max(1.0, m_spec.scale); // QPainter takes a ratio below one for one
    QImage image(m_spec.scale < 1 ? m_spec.size : pixels, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(drawn);
    image.fill(Qt::transparent);
    QCPPainter painter(&image);
    paint(painter);
    painter.end();
    if (m_spec.scale < 1) {
        image = image.scaled(pixels, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        image.setDevicePixelRatio(m_spec.scale);
    }
    const int dotsPerMeter = qRound(m_dpi * m_spec.scale / 0.0254);
    image.setDotsPerMeterX(dotsPerMeter);
    image.setDotsPerMeterY(dotsPerMeter);
    return image;
}

QByteArray Figure::pngOf(const QImage& image)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes;
}

QByteArray Figure::svg()
{
    SvgDevice device(m_spec.size, m_dpi);
    QCPPainter painter(&device);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    paint(painter);
    painter.end();
    return device.bytes(m_window.session().title());
}

QByteArray Figure::pdf()
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setTitle(m_window.session().title());
        writer.setCreator(u"Ravel"_s);
        writer.setPageSize(QPageSize(QSizeF(m_spec.size) * 72 / m_dpi, QPageSize::Point, {}, QPageSize::ExactMatch));
        writer.setPageMargins({});
        writer.setResolution(m_dpi);
        QCPPainter painter(&writer);
        painter.setMode(QCPPainter::pmVectorized);
        painter.setMode(QCPPainter::pmNoCaching);
        paint(painter);
    }
    return undated(bytes);
}

QByteArray Figure::bytes()
{
    switch (m_spec.format) {
    case FigureFormat::Png: return pngOf(image());
    case FigureFormat::Svg: return svg();
    case FigureFormat::Pdf: break;
    }
    return pdf();
}

Result<> Figure::write(const QString& path, const QByteArray& bytes)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return {};
    return fail(ErrorCode::Io, escaped(QFile::encodeName(path).toStdString(), 160) + " can't be written: " + file.errorString().toStdString());
}

} // namespace ravel
