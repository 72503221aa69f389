// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/svgdevice.h"

#include <QBuffer>
#include <QFont>
#include <QPaintEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPen>
#include <QPixmap>

#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QString number(double value)
{
    if (std::abs(value) < 5e-4)
        return u"0"_s;
    QString text = QString::number(value, 'f', 3);
    while (text.endsWith(u'0'))
        text.chop(1);
    if (text.endsWith(u'.'))
        text.chop(1);
    return text;
}

QString point(double x, double y) { return number(x) + u' ' + number(y); }

QString pathData(const QPainterPath& path)
{
    QString data;
    for (int i = 0; i < path.elementCount(); ++i) {
        const QPainterPath::Element e = path.elementAt(i);
        switch (e.type) {
        case QPainterPath::MoveToElement: data += u'M' + point(e.x, e.y); break;
        case QPainterPath::LineToElement: data += u'L' + point(e.x, e.y); break;
        case QPainterPath::CurveToElement: data += u'C' + point(e.x, e.y); break;
        case QPainterPath::CurveToDataElement: data += u' ' + point(e.x, e.y); break;
        }
    }
    return data;
}

QString colour(const char* what, const QColor& c, double opacity)
{
    QString text = u" %1=\"%2\""_s.arg(QLatin1StringView(what), c.name());
    if (const double alpha = c.alphaF() * opacity; alpha < 1)
        text += u" %1-opacity=\"%2\""_s.arg(QLatin1StringView(what), number(alpha));
    return text;
}

QString transformText(const QTransform& t)
{
    if (t.isIdentity())
        return {};
    if (t.type() <= QTransform::TxTranslate)
        return u" transform=\"translate(%1)\""_s.arg(point(t.dx(), t.dy()));
    return u" transform=\"matrix(%1 %2 %3)\""_s.arg(point(t.m11(), t.m12()), point(t.m21(), t.m22()), point(t.dx(), t.dy()));
}

QString imageData(const QImage& image)
{
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return QString::fromLatin1(png.toBase64());
}

QString families(const QFont& font)
{
    QStringList names;
    for (QString family : font.families())
        names << u'\'' + family.remove(u'\'').toHtmlEscaped() + u'\'';
    names << (font.fixedPitch() ? u"monospace"_s : u"sans-serif"_s);
    return names.join(u", "_s);
}

// One that QPainter does not emulate itself: what SVG says in one element.
constexpr auto features = QPaintEngine::PaintEngineFeatures(QPaintEngine::AllFeatures & ~QPaintEngine::PatternBrush
    & ~QPaintEngine::PerspectiveTransform & ~QPaintEngine::ConicalGradientFill & ~QPaintEngine::LinearGradientFill
    & ~QPaintEngine::RadialGradientFill & ~QPaintEngine::PorterDuff & ~QPaintEngine::BlendModes & ~QPaintEngine::ObjectBoundingModeGradients);

} // namespace

class SvgDevice::Engine : public QPaintEngine {
public:
    explicit Engine(int dpi)
        : QPaintEngine(features)
        , m_dpi(dpi)
    {
    }

    Type type() const override { return QPaintEngine::SVG; }
    bool begin(QPaintDevice*) override
    {
        m_body.clear();
        m_clip.clear();
        m_clips = 0;
        return true;
    }
    bool end() override
    {
        endClip();
        return true;
    }
    void updateState(const QPaintEngineState&) override { } // asked for where something is drawn
    const QString& body() const { return m_body; }

    void drawPath(const QPainterPath& path) override { add(path, true); }

    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override
    {
        QPainterPath path(points[0]);
        for (int i = 1; i < count; ++i)
            path.lineTo(points[i]);
        if (mode != PolylineMode)
            path.closeSubpath();
        path.setFillRule(mode == WindingMode ? Qt::WindingFill : Qt::OddEvenFill);
        add(path, mode != PolylineMode);
    }

    void drawPixmap(const QRectF& to, const QPixmap& pixmap, const QRectF& from) override { drawImage(to, pixmap.toImage(), from, Qt::AutoColor); }

    void drawImage(const QRectF& to, const QImage& image, const QRectF& from, Qt::ImageConversionFlags) override
    {
        if (to.isEmpty() || !clipped())
            return;
        const QRect whole = from.toAlignedRect() & image.rect();
        // Pixels that are shown larger stay squares: they are numbers.
        const bool squares = to.width() > whole.width() * 1.01 && !painter()->testRenderHint(QPainter::SmoothPixmapTransform);
        m_body += u"<image x=\"%1\" y=\"%2\" width=\"%3\" height=\"%4\" preserveAspectRatio=\"none\"%5%6%7 xlink:href=\"data:image/png;base64,%8\"/>\n"_s.arg(
            number(to.x()), number(to.y()), number(to.width()), number(to.height()), squares ? u" style=\"image-rendering:pixelated\""_s : QString(),
            state->opacity() < 1 ? u" opacity=\"%1\""_s.arg(number(state->opacity())) : QString(), transformText(state->transform()),
            imageData(whole == image.rect() ? image : image.copy(whole)));
    }

    void drawTextItem(const QPointF& at, const QTextItem& item) override
    {
        const QString text = item.text();
        if (text.trimmed().isEmpty() || !clipped())
            return;
        const QFont font = item.font();
        const double size = font.pixelSize() > 0 ? font.pixelSize() : font.pointSizeF() * m_dpi / 72;
        QString style;
        if (font.weight() != QFont::Normal)
            style += u" font-weight=\"%1\""_s.arg(static_cast<int>(font.weight()));
        if (font.italic())
            style += u" font-style=\"italic\""_s;
        if (font.underline())
            style += u" text-decoration=\"underline\""_s;
        m_body += u"<text x=\"%1\" y=\"%2\" font-family=\"%3\" font-size=\"%4\" xml:space=\"preserve\"%5%6%7>%8</text>\n"_s.arg(number(at.x()),
            number(at.y()), families(font), number(size), style, colour("fill", state->pen().color(), state->opacity()),
            transformText(state->transform()), allowed(text).toHtmlEscaped());
    }

private:
    // XML 1.0, section 2.2: no control characters but tab and the ends of lines.
    static QString allowed(QString text)
    {
        for (QChar& c : text)
            if ((c < u' ' && c != u'\t') || c.unicode() >= 0xfffe)
                c = u'\ufffd';
        return text;
    }

    void add(const QPainterPath& path, bool filled)
    {
        const QPen pen = state->pen();
        const QBrush brush = state->brush();
        const bool fills = filled && brush.style() != Qt::NoBrush && brush.color().alpha() > 0;
        const bool strokes = pen.style() != Qt::NoPen && pen.color().alpha() > 0;
        if (path.isEmpty() || (!fills && !strokes) || !clipped())
            return;
        m_body += u"<path d=\""_s + pathData(path) + u'"';
        m_body += fills ? colour("fill", brush.color(), state->opacity()) : u" fill=\"none\""_s;
        if (fills && path.fillRule() == Qt::OddEvenFill && path.elementCount() > 5)
            m_body += u" fill-rule=\"evenodd\""_s;
        if (strokes)
            m_body += strokeText(pen);
        if (!painter()->testRenderHint(QPainter::Antialiasing))
            m_body += u" shape-rendering=\"crispEdges\""_s;
        m_body += transformText(state->transform()) + u"/>\n"_s;
    }

    QString strokeText(const QPen& pen) const
    {
        const double width = pen.widthF() > 0 ? pen.widthF() : 1;
        QString text = colour("stroke", pen.color(), state->opacity());
        if (width != 1)
            text += u" stroke-width=\"%1\""_s.arg(number(width));
        if (pen.isCosmetic() && state->transform().type() > QTransform::TxTranslate)
            text += u" vector-effect=\"non-scaling-stroke\""_s;
        if (pen.capStyle() != Qt::FlatCap)
            text += pen.capStyle() == Qt::RoundCap ? u" stroke-linecap=\"round\""_s : u" stroke-linecap=\"square\""_s;
        if (pen.joinStyle() != Qt::MiterJoin && pen.joinStyle() != Qt::SvgMiterJoin)
            text += pen.joinStyle() == Qt::RoundJoin ? u" stroke-linejoin=\"round\""_s : u" stroke-linejoin=\"bevel\""_s;
        if (pen.style() != Qt::SolidLine) {
            QStringList dashes;
            for (const double dash : pen.dashPattern())
                dashes << number(dash * width);
            text += u" stroke-dasharray=\"%1\""_s.arg(dashes.join(u' '));
        }
        return text;
    }

    void endClip()
    {
        if (!m_clip.isEmpty())
            m_body += u"</g>\n"_s;
        m_clip.clear();
    }

    // Opens the group of the present clip, in device coordinates; false where nothing is left to paint in.
    bool clipped()
    {
        QPainterPath path;
        bool any = false;
        if (painter()->hasClipping()) {
            path = state->transform().map(painter()->clipPath());
            any = true;
        }
        if (const QRegion region = systemClip(); !region.isEmpty()) { // a widget that is rendered is held to its place by it
            QPainterPath bounds;
            bounds.addRegion(region);
            path = any ? path.intersected(bounds) : bounds;
            any = true;
        }
        if (!any) {
            endClip();
            return true;
        }
        if (path.isEmpty())
            return false;
        const QString data = pathData(path);
        if (data == m_clip)
            return true;
        endClip();
        ++m_clips;
        m_body += u"<clipPath id=\"c%1\"><path d=\"%2\"/></clipPath>\n<g clip-path=\"url(#c%1)\">\n"_s.arg(m_clips).arg(data);
        m_clip = data;
        return true;
    }

    int m_dpi;
    QString m_body, m_clip;
    int m_clips = 0;
};

SvgDevice::SvgDevice(QSize size, int dpi)
    : m_size(size)
    , m_dpi(dpi)
    , m_engine(std::make_unique<Engine>(dpi))
{
}

SvgDevice::~SvgDevice() = default;

QPaintEngine* SvgDevice::paintEngine() const { return m_engine.get(); }

QByteArray SvgDevice::bytes(const QString& title) const
{
    const QString head = u"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                         "xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"%1\" height=\"%2\" viewBox=\"0 0 %1 %2\">\n<title>%3</title>\n"_s;
    return (head.arg(m_size.width()).arg(m_size.height()).arg(title.toHtmlEscaped()) + m_engine->body() + u"</svg>\n"_s).toUtf8();
}

int SvgDevice::metric(PaintDeviceMetric metric) const
{
    switch (metric) {
    case PdmWidth: return m_size.width();
    case PdmHeight: return m_size.height();
    case PdmWidthMM: return qRound(m_size.width() * 25.4 / m_dpi);
    case PdmHeightMM: return qRound(m_size.height() * 25.4 / m_dpi);
    case PdmNumColors: return 0x7fffffff;
    case PdmDepth: return 32;
    case PdmDpiX:
    case PdmDpiY:
    case PdmPhysicalDpiX:
    case PdmPhysicalDpiY: return m_dpi;
    case PdmDevicePixelRatio: return 1;
    case PdmDevicePixelRatioScaled: return static_cast<int>(QPaintDevice::devicePixelRatioFScale());
    }
    return 0;
}

} // namespace ravel
