# gnuplot curve.gp   makes curve.svg, curve.png from curve.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,448 font 'Helvetica,12' background '#ffffff'
set output 'curve.svg'
set title 'cifar10, 200 images, Linf'."\n".'thin: nearest misclassified images found' noenhanced font ',9'
set key vertical maxcols 1
set xlabel 'radius Linf (1/255)'
set ylabel 'accuracy (%)'
set yrange [0:100]
set xrange [-0.16:12.36]
plot 'curve.csv' every ::1 using ($1==0?255.0*$3+-0.08:NaN):(100*$6):(100*$7):(100*$8) with yerrorlines linetype 1 pointtype 7 pointsize 0.5 title 'cifar10-resnet8-pgdat.h5 (3e254a25)', 'curve.csv' every ::1 using ($1==1?255.0*$3+0.0:NaN):(100*$6):(100*$7):(100*$8) with yerrorlines linetype 2 pointtype 7 pointsize 0.5 title 'cifar10-resnet8-trades.h5 (2261a842)', 'curve.csv' every ::1 using ($1==2?255.0*$3+0.08:NaN):(100*$6):(100*$7):(100*$8) with yerrorlines linetype 3 pointtype 7 pointsize 0.5 title 'cifar10-resnet8-ikl-at.h5 (163aea3f)', 'distances.csv' every ::1 using ($1==0?255.0*$2:NaN):(100*$3) with steps linetype 1 linewidth 1 notitle, 'distances.csv' every ::1 using ($1==1?255.0*$2:NaN):(100*$3) with steps linetype 2 linewidth 1 notitle, 'distances.csv' every ::1 using ($1==2?255.0*$2:NaN):(100*$3) with steps linetype 3 linewidth 1 notitle
set terminal pngcairo size 1280,896 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'curve.png'
replot
set output
