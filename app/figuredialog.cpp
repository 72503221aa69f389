// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figuredialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QSettings>
#include <QTimer>

#include "app/figurecommands.h"
#include "app/mainwindow.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/fitscreen.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int previewDelay = 120; // ms after the last change

QSpinBox* pixels(QWidget* parent, const QString& name)
{
    auto* edit = new QSpinBox(parent);
    edit->setRange(leastFigure, mostFigure);
    edit->setSingleStep(20);
    edit->setAccessibleName(name);
    return edit;
}

// Ground that is not there, as image editors show it.
QPixmap onChequers(const QImage& image)
{
    QPixmap ground(image.size());
    ground.setDevicePixelRatio(image.devicePixelRatio());
    QPainter painter(&ground);
    constexpr int square = 8;
    for (int y = 0; y < image.height(); y += square)
        for (int x = 0; x < image.width(); x += square)
            painter.fillRect(x, y, square, square, (x / square + y / square) % 2 ? QColor(0xc8, 0xc8, 0xc8) : QColor(0xf4, 0xf4, 0xf4));
    painter.drawImage(0, 0, image);
    return ground;
}

QString nameFor(FigureKind kind)
{
    switch (kind) {
    case FigureKind::Map: return u"map"_s;
    case FigureKind::Histogram: return u"histogram"_s;
    case FigureKind::HeatMap: return u"heatmap"_s;
    case FigureKind::Window: break;
    }
    return u"window"_s;
}

} // namespace

FigureDialog::FigureDialog(MainWindow& window, FigureKind kind)
    : QDialog(&window)
    , m_window(window)
    , m_what(new QComboBox(this))
    , m_theme(new QComboBox(this))
    , m_width(pixels(this, tr("Width in pixels")))
    , m_height(pixels(this, tr("Height in pixels")))
    , m_scale(new QDoubleSpinBox(this))
    , m_transparent(new QCheckBox(tr("&Transparent ground"), this))
    , m_pixels(new QLabel(this))
    , m_preview(new QLabel(this))
    , m_timer(new QTimer(this))
{
    setObjectName(u"figureDialog"_s);
    setWindowTitle(tr("Export Figure"));
    setAttribute(Qt::WA_DeleteOnClose);
    for (const FigureKind each : { FigureKind::Map, FigureKind::Histogram, FigureKind::HeatMap, FigureKind::Window })
        if (Figure::unavailable(window, each).isEmpty())
            m_what->addItem(figureName(each), static_cast<int>(each));
    m_what->setAccessibleName(tr("Figure"));
    m_theme->addItems({ tr("As in the window"), tr("Light"), tr("Dark") });
    m_theme->setAccessibleName(tr("Colours"));
    m_theme->setCurrentIndex(1); // paper
    m_scale->setRange(0.5, 8);
    m_scale->setSingleStep(0.5);
    m_scale->setDecimals(1);
    m_scale->setValue(QSettings().value("figure/scale"_L1, 2).toDouble());
    m_scale->setAccessibleName(tr("Scale"));
    m_scale->setToolTip(tr("Pixels of a PNG for each pixel of the size; SVG and PDF have any resolution"));
    m_preview->setMinimumSize(420, 280);
    m_preview->setAlignment(Qt::AlignCenter);
    m_preview->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    m_preview->setAccessibleName(tr("Preview of the figure"));

    auto* form = new QFormLayout;
    form->addRow(tr("&Figure:"), m_what);
    form->addRow(tr("&Width:"), m_width);
    form->addRow(tr("&Height:"), m_height);
    form->addRow(tr("&Scale:"), m_scale);
    form->addRow(QString(), m_pixels);
    form->addRow(tr("&Colours:"), m_theme);
    form->addRow(QString(), m_transparent);
    auto* upper = new QHBoxLayout;
    upper->addLayout(form);
    upper->addWidget(m_preview, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_save = buttons->addButton(tr("Save &As…"), QDialogButtonBox::AcceptRole);
    m_copy = buttons->addButton(tr("Copy as &Image"), QDialogButtonBox::ActionRole);
    auto* column = new QVBoxLayout(this);
    column->addLayout(upper, 1);
    column->addWidget(buttons);

    m_timer->setSingleShot(true);
    m_timer->setInterval(previewDelay);
    connect(m_timer, &QTimer::timeout, this, &FigureDialog::drawPreview);
    connect(m_what, &QComboBox::currentIndexChanged, this, &FigureDialog::kindChanged);
    connect(m_theme, &QComboBox::currentIndexChanged, this, &FigureDialog::changed);
    connect(m_width, &QSpinBox::valueChanged, this, &FigureDialog::changed);
    connect(m_height, &QSpinBox::valueChanged, this, &FigureDialog::changed);
    connect(m_scale, &QDoubleSpinBox::valueChanged, this, &FigureDialog::changed);
    connect(m_transparent, &QCheckBox::toggled, this, &FigureDialog::changed);
    connect(m_save, &QPushButton::clicked, this, &FigureDialog::askForFile);
    connect(m_copy, &QPushButton::clicked, this, [this] { copyFigure(m_window, spec()); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(&window.session(), &Session::layoutChanged, this, [this] {
        m_figure.reset();
        changed();
    });
    resize(fittingScreen(*this, { 880, 440 }));
    setKind(kind);
    kindChanged();
}

FigureSpec FigureDialog::spec() const
{
    FigureSpec spec;
    spec.kind = static_cast<FigureKind>(m_what->currentData().toInt());
    spec.size = QSize(m_width->value(), m_height->value());
    spec.scale = m_scale->value();
    if (m_theme->currentIndex() > 0)
        spec.dark = m_theme->currentIndex() == 2;
    spec.transparent = m_transparent->isChecked();
    return spec;
}

void FigureDialog::setKind(FigureKind kind)
{
    if (const int at = m_what->findData(static_cast<int>(kind)); at >= 0)
        m_what->setCurrentIndex(at);
}

void FigureDialog::kindChanged()
{
    const FigureKind kind = spec().kind;
    const bool window = kind == FigureKind::Window;
    const FigureSize usual = usualSize(kind);
    const QSize size = window ? m_window.size() : QSize(usual.width, usual.height);
    m_width->setValue(size.width());
    m_height->setValue(size.height());
    for (QWidget* each : std::initializer_list<QWidget*> { m_width, m_height, m_theme, m_transparent }) {
        each->setEnabled(!window);
        each->setToolTip(window ? tr("The whole window is drawn as it stands") : QString());
    }
    if (window) {
        m_theme->setCurrentIndex(0);
        m_transparent->setChecked(false);
    }
    changed();
}

void FigureDialog::changed()
{
    const QSize pixels = (QSizeF(spec().size) * spec().scale).toSize();
    const bool fits = std::max(pixels.width(), pixels.height()) <= mostFigure
        && static_cast<std::int64_t>(pixels.width()) * pixels.height() <= mostFigureArea;
    m_pixels->setText(fits ? tr("PNG: %1 × %2 pixels").arg(countText(pixels.width()), countText(pixels.height()))
                           : tr("%1 × %2 pixels are too many").arg(countText(pixels.width()), countText(pixels.height())));
    m_save->setEnabled(fits);
    m_copy->setEnabled(fits);
    m_timer->start();
}

void FigureDialog::drawPreview()
{
    FigureSpec small = spec();
    const QSizeF room = m_preview->size();
    const double ratio = devicePixelRatioF();
    small.scale = ratio * std::min({ 1.0, room.width() / small.size.width(), room.height() / small.size.height() });
    m_figure = std::make_unique<Figure>(m_window, small);
    m_figure->whenSettled([this, ratio] {
        QImage image = m_figure->image();
        image.setDevicePixelRatio(1);
        QPixmap pixmap = onChequers(image);
        pixmap.setDevicePixelRatio(ratio);
        m_preview->setPixmap(pixmap);
    });
}

void FigureDialog::resizeEvent(QResizeEvent* event)
{
    QDialog::resizeEvent(event);
    m_timer->start();
}

void FigureDialog::askForFile()
{
    const FigureSpec wanted = spec();
    auto* dialog = new QFileDialog(this, tr("Export Figure"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({ tr("PNG image (*.png)"), tr("SVG drawing (*.svg)"), tr("PDF document (*.pdf)") });
    dialog->setDefaultSuffix(u"png"_s);
    connect(dialog, &QFileDialog::filterSelected, dialog,
        [dialog](const QString& filter) { dialog->setDefaultSuffix(filter.contains(u"*.svg"_s) ? u"svg"_s : filter.contains(u"*.pdf"_s) ? u"pdf"_s : u"png"_s); });
    if (const QString folder = QSettings().value("figure/folder"_L1).toString(); !folder.isEmpty())
        dialog->setDirectory(folder);
    const Session& session = m_window.session();
    const QString base = session.document() ? QFileInfo(session.path()).completeBaseName() + u'-' : QString();
    dialog->selectFile(base + nameFor(wanted.kind));
    connect(dialog, &QFileDialog::fileSelected, this, [this, wanted](const QString& path) {
        QSettings settings;
        settings.setValue("figure/folder"_L1, QFileInfo(path).absolutePath());
        settings.setValue("figure/scale"_L1, wanted.scale);
        exportFigure(m_window, wanted, path);
        accept();
    });
    dialog->open();
}

} // namespace ravel
