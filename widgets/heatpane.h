// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QWidget>

#include "items/heatpicture.h"
#include "widgets/colormap.h"

#include <memory>
#include <optional>
#include <vector>

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QTimer;
class QToolButton;

namespace ravel {

class HeatLoader;
class HeatPlot;
class HeatRange;
class Session;

// The tensor of the selection as a heat map: which two dimensions are shown, where the others stand, kernels as a grid, colours and their range. A
// rectangle dragged is a selection; the present one is outlined. It reads on the pool, and only as many blocks as there are pixels.
class HeatPane : public QWidget {
    Q_OBJECT
public:
    explicit HeatPane(Session&, QWidget* parent = nullptr);
    ~HeatPane() override;

    // Numbers from elsewhere (another checkpoint, a difference: document/difference.h) for the tensors of the open one, and what they are called;
    // none: the document's.
    void setNumbers(std::optional<EditedVector>, const QString& name = {});

    HeatPlot* plot() const { return m_plot; }
    const std::optional<HeatView>& view() const { return m_view; }
    QString message() const;  // what stands in place of a picture: a number, or why there is none
    QString readout() const;  // of the element under the pointer
    bool profiles() const;
    bool complete() const;    // everything in view has been read
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public Q_SLOTS:
    void setKernels(bool);
    void setAxes(int row, int column);
    void swapAxes();
    void setPlace(int dim, std::int64_t at);
    void setColors(ravel::ColorMap::Name);
    void setReduction(ravel::HeatReduction);
    void setProfiles(bool);
    HeatRange* range() const { return m_range; }

Q_SIGNALS:
    void changed();           // the picture is all there

protected:
    void changeEvent(QEvent*) override;
    void showEvent(QShowEvent*) override;
    void resizeEvent(QResizeEvent*) override;

private:
    QWidget* makeAxes();
    QWidget* makeColors();
    void follow();            // the shared selection
    void showTensor(TensorOrdinal);
    void setView(const HeatView&);
    void fillControls();
    void makeSliders();
    void outline();
    void say(const QString&, bool large = false);
    void sayNumber();
    void outdate();           // numbers changed: everything is read again
    void read();              // what is missing in view
    void readSoon();
    void take(std::shared_ptr<const HeatPicture>);
    void rescale();
    void choose(const CellRect&);
    void point();
    void showReadout();
    EditedVector numbers() const;
    QString nameOf(TensorOrdinal) const;

    Session& m_session;
    HeatPlot* m_plot;
    HeatLoader* m_loader;
    HeatRange* m_range;
    QTimer* m_timer;
    QLabel *m_title, *m_message, *m_readout;
    QComboBox *m_part, *m_rows, *m_columns, *m_colors, *m_reduction;
    QCheckBox *m_kernels, *m_profiles;
    QToolButton* m_swap;
    QWidget* m_sliders;
    QGridLayout* m_sliderGrid;
    std::vector<TensorOrdinal> m_tensors; // of the selection
    std::optional<HeatView> m_view;
    std::optional<EditedVector> m_numbers; // in place of the document's
    QString m_numbersName, m_pointedText;
    std::optional<Job> m_valueJob;
    int m_wanted = 0, m_baseIs = -1, m_detailIs = -1; // which state of the numbers is wanted, and is there
    bool m_filling = false, m_choosing = false;
    bool m_stopped = false; // reading was, by the user
};

} // namespace ravel
