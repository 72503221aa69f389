// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "app/figure.h"

#include <memory>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QTimer;

namespace ravel {

// Export Figure: what, how large, in which colours, with the figure itself beside it; then a file or the clipboard.
class FigureDialog : public QDialog {
    Q_OBJECT
public:
    FigureDialog(MainWindow&, FigureKind);

    FigureSpec spec() const;
    void setKind(FigureKind);
    QComboBox* what() const { return m_what; }
    QComboBox* theme() const { return m_theme; }
    QSpinBox* widthEdit() const { return m_width; }
    QSpinBox* heightEdit() const { return m_height; }
    QDoubleSpinBox* scaleEdit() const { return m_scale; }
    QCheckBox* transparent() const { return m_transparent; }
    QLabel* preview() const { return m_preview; }

protected:
    void resizeEvent(QResizeEvent*) override;

private:
    void kindChanged();
    void changed();     // soon a new preview
    void drawPreview();
    void askForFile();

    MainWindow& m_window;
    QComboBox *m_what, *m_theme;
    QSpinBox *m_width, *m_height;
    QDoubleSpinBox* m_scale;
    QCheckBox* m_transparent;
    QLabel *m_pixels, *m_preview;
    QPushButton *m_save, *m_copy;
    QTimer* m_timer;
    std::unique_ptr<Figure> m_figure; // of the preview
};

} // namespace ravel
